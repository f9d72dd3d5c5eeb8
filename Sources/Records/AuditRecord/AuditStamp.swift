/// The time and the serial number of a record, from the `audit(1715847187.650:21196375):` before its fields.
///
/// The kernel's clock ticks every 4 ms, so only the serial number orders records. All record types share one sequence of serial numbers.
/// Records arrive slightly out of order when several CPUs produce them.
public struct AuditStamp: Hashable, Sendable {
  /// Whole seconds since 1970, UTC.
  public var seconds: Int64
  /// 0 to 999.
  public var milliseconds: UInt16
  /// The record's serial number since boot.
  public var serial: UInt64

  public init(seconds: Int64, milliseconds: UInt16, serial: UInt64) {
    self.seconds = seconds
    self.milliseconds = milliseconds
    self.serial = serial
  }

  /// Milliseconds since 1970, UTC.
  public var epochMilliseconds: Int64 { seconds * 1000 + Int64(milliseconds) }

  /// Reads a stamp at `position` and advances `position` past its colon. Returns nil if there is no stamp.
  // See: audit_log_start() in kernel/audit.c
  package init?(_ text: borrowing Span<UInt8>, at position: inout Int) {
    guard text.hasLiteral("audit(", at: position) else { return nil }
    var cursor = position + 6
    guard
      // Twelve digits of seconds last for 30,000 years, and milliseconds still fit in 64 bits.
      let seconds = text.longDecimal(at: &cursor, maxCount: 12), text.skip(UInt8(ascii: "."), at: &cursor),
      let milliseconds = text.decimal(at: &cursor, digits: 3...3), text.skip(UInt8(ascii: ":"), at: &cursor),
      let serial = text.longDecimal(at: &cursor, maxCount: 19), text.skip(UInt8(ascii: ")"), at: &cursor),
      text.skip(UInt8(ascii: ":"), at: &cursor)
    else { return nil }
    self.init(
      seconds: Int64(seconds), milliseconds: UInt16(milliseconds), serial: serial)
    position = cursor
  }
}
