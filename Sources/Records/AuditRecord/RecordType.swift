/// A type of audit record.
// See: AUDIT_SECCOMP and the other types in linux/audit.h
public struct RecordType: Hashable, Sendable {
  /// The kernel's number for the type. Types are compared by it.
  public let number: UInt16
  /// auditd's name for the type, as in its log.
  public let name: StaticString

  @inlinable public init(_ number: UInt16, name: StaticString) {
    self.number = number
    self.name = name
  }

  @inlinable public static var seccomp: RecordType { RecordType(1326, name: "SECCOMP") }
  /// The records of all Linux security modules.
  @inlinable public static var avc: RecordType { RecordType(1400, name: "AVC") }

  public static func == (one: RecordType, other: RecordType) -> Bool { one.number == other.number }

  public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}
