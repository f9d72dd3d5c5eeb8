internal import AuditRecord

/// A machine as recorders count it: its AUDIT_ARCH_* token, and for x32 one bit more. The records of x32 have the token of x86_64, and a bit
/// in the number.
struct ArchitectureToken: Equatable, Sendable {
  let bits: UInt64

  private static let x32: UInt64 = 1 << 32
  /// The largest value.
  static let max = x32 | UInt64(UInt32.max)
  private static let x86_64: UInt32 = 0xc000_003e
  private static let x32Bit: Int64 = 1 << 30

  init(bits: UInt64) { self.bits = bits }

  init(of record: TallyKey) {
    let isX32 = record.arch == Self.x86_64 && record.syscall > 0 && record.syscall & Self.x32Bit != 0
    bits = UInt64(record.arch) | (isX32 ? Self.x32 : 0)
  }

  var isX32: Bool { bits & Self.x32 != 0 }

  /// The `arch=` of records.
  var arch: UInt32 { UInt32(truncatingIfNeeded: bits) }

  /// The number of a record's syscall, without the bit of x32.
  func number(of record: TallyKey) -> Int64 { isX32 ? record.syscall & ~Self.x32Bit : record.syscall }

  /// The number as records have it.
  func recordNumber(_ number: Int64) -> Int64 { isX32 ? number | Self.x32Bit : number }
}
