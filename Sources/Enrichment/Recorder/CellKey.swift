internal import AuditRecord

/// A call as it is counted in a recorder's cell: caller, action, architecture and number in 32 bits, none of which is 0.
struct CellKey: Hashable, Sendable {
  let bits: UInt32

  private static var used: UInt32 { 1 << 31 }
  private static var numberBits: UInt32 { 22 }
  /// The number that stands for all calls that are not counted by themselves.
  private static var other: UInt32 { (1 << numberBits) - 1 }
  /// The index of an action that this version does not know.
  private static let unknownAction: UInt32 = 7

  /// `number` is that of a call on an architecture with the index `arch`; numbers that do not fit are nil.
  init?(caller: SyscallCaller, code: UInt32, arch: UInt32, number: Int64) {
    guard number >= 0, number < Int64(Self.other) else { return nil }
    self.init(caller, code, arch, UInt32(truncatingIfNeeded: number))
  }

  /// The key for the same caller and action that stands for calls without a cell.
  var others: CellKey {
    CellKey(unchecked: bits | UInt32(RecorderMemory.maxArchitectures) << Self.numberBits | Self.other)
  }

  private init(unchecked bits: UInt32) { self.bits = bits }

  /// All other calls.
  static func others(caller: SyscallCaller, code: UInt32) -> CellKey {
    CellKey(caller, code, UInt32(RecorderMemory.maxArchitectures), other)
  }

  private init(_ caller: SyscallCaller, _ code: UInt32, _ arch: UInt32, _ number: UInt32) {
    let action = Self.index(of: code)
    bits = Self.used | UInt32(caller.rawValue) << 29 | action << 26 | arch << Self.numberBits | number
  }

  /// Nil for a number that is no key.
  init?(bits: UInt32) {
    guard bits & Self.used != 0 else { return nil }
    self.bits = bits
  }

  private static let actions: [SeccompAction] = [
    .log, .errno, .killThread, .killProcess, .trap, .trace, .userNotification,
  ]

  private static func index(of code: UInt32) -> UInt32 {
    actions.firstIndex { $0.rawValue == code }.map { UInt32($0) } ?? unknownAction
  }

  var caller: SyscallCaller { SyscallCaller(rawValue: UInt8(bits >> 29 & 3)) ?? .program }

  /// Nil for one that this version does not know.
  var action: SeccompAction? {
    let index = Int(bits >> 26 & 7)
    return index < Self.actions.count ? Self.actions[index] : nil
  }

  var arch: Int { Int(bits >> Self.numberBits & 15) }
  var number: Int64 { Int64(bits & Self.other) }
  var isOthers: Bool { bits & Self.other == Self.other }

  /// The first cell in which the call may be.
  var firstCell: Int { Self.firstCell(bits) }

  // MARK: For each record

  /// The action with the index 0.
  static var usualAction: UInt32 { SeccompAction.log.rawValue }

  /// The first number that has no key.
  static var otherNumber: UInt64 { UInt64(other) }

  /// The key of a call with the usual action.
  static func usualBits(_ caller: SyscallCaller, _ arch: UInt32, _ number: UInt32) -> UInt32 {
    used | UInt32(caller.rawValue) << 29 | arch << numberBits | number
  }

  static func firstCell(_ bits: UInt32) -> Int { Int((bits &* 0x9e37_79b1) >> 24) }
}
