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

  /// The form that it has in a record, `1715847187.650:21196375`.
  package var text: String {
    let digits = "\(milliseconds)"
    return "\(seconds)." + String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ":\(serial)"
  }

  /// Reads a stamp at `position` and advances `position` past its colon. Returns nil if there is no stamp.
  // See: audit_log_start() in kernel/audit.c
  package init?(_ text: borrowing Span<UInt8>, at position: inout Int) {
    // `audit(`; a stamp is longer than a word.
    guard let word = text.word(at: position), word >> 16 == 0x6175_6469_7428 else { return nil }
    var cursor = position + 6
    if let (seconds, milliseconds) = Self.usualTime(in: text, at: cursor) {
      (self.seconds, self.milliseconds) = (seconds, milliseconds)
      cursor += 15
    } else {
      guard
        // Twelve digits of seconds last for 30,000 years, and milliseconds still fit in 64 bits.
        let seconds = text.decimal(at: &cursor, digits: 1...12), text.skip(UInt8(ascii: "."), at: &cursor),
        let milliseconds = text.decimal(at: &cursor, digits: 3...3), text.skip(UInt8(ascii: ":"), at: &cursor)
      else { return nil }
      (self.seconds, self.milliseconds) = (Int64(seconds), UInt16(milliseconds))
    }
    guard let serial = text.longDecimal(at: &cursor, maxCount: 19), text.skip(UInt8(ascii: ")"), at: &cursor),
      text.skip(UInt8(ascii: ":"), at: &cursor)
    else { return nil }
    self.serial = serial
    position = cursor
  }

  /// Reads `1715847187.650:`, the form of all times from 2001 to 2286, eight bytes at once; nil for any other form.
  @inline(__always)
  private static func usualTime(
    in text: borrowing Span<UInt8>, at position: Int
  ) -> (seconds: Int64, milliseconds: UInt16)? {
    guard let high = text.word(at: position)?.eightDigits, let rest = text.word(at: position + 8) else {
      return nil
    }
    // Digits become 0 to 9, the point and the colon 0. In the sum, a byte's highest bit is set if it is larger. The last byte does not count.
    let bytes = rest ^ 0x3030_2e30_3030_3a00
    let others = (bytes | (bytes &+ 0x7676_7f76_7676_7f00)) & 0x8080_8080_8080_8000
    guard others == 0 else { return nil }
    let low = (bytes >> 56) &* 10 &+ (bytes >> 48 & 0xf)
    let milliseconds = (bytes >> 32 & 0xf) &* 100 &+ (bytes >> 24 & 0xf) &* 10 &+ (bytes >> 16 & 0xf)
    return (Int64(high &* 100 &+ low), UInt16(milliseconds))
  }
}
