internal import AuditRecord

/// The prefix of a kernel message in a log line: dmesg's `[  12.345678] `, /dev/kmsg's `5,1234,5678,-;`, or a syslog prefix with the tag
/// `kernel:`. These are the usual forms, which are recognised fast; `DaemonPrefix` has the others.
///
/// Programs write lines with any other tag. They may also write to /dev/kmsg, so where a line states a facility, it must be the kernel's.
package struct KernelLinePrefix: Equatable {
  /// The time before the message, and how reliable it is.
  package enum Time: Equatable {
    /// There is no time: the text of another message could look the same.
    case missing
    /// A log daemon's time, or a kernel time in units too coarse to distinguish two messages.
    case coarse
    /// The kernel's time in microseconds since boot. All lines of one message have the same time, and two messages almost never do.
    case kernel(UInt64)
    /// The time in /dev/kmsg's form, in which a message is one line because line feeds are escaped.
    case kmsg
  }

  /// The offset at which the message begins.
  package var end: Int
  package var time = Time.missing
  /// The offsets of the host name in a syslog prefix.
  package var host: Range<Int>?

  /// A prefix that ends at `end`.
  init(end: Int, time: Time, host: Range<Int>?) { (self.end, self.time, self.host) = (end, time, host) }

  /// Reads the prefix of `line`; nil if a program other than the kernel wrote the line, or if its origin is unknown.
  package init?(_ line: borrowing Span<UInt8>) {
    // dmesg and journalctl indent all lines of a message but the first.
    guard line.count > 0, line[0] > 0x20 else { return nil }
    end = 0
    switch line[0] {
    case UInt8(ascii: "["), UInt8(ascii: "<"):
      // A bracket may also begin a message without a prefix, such as `[drm] `.
      guard readBrackets(line), end > 0 else { return nil }
    case UInt8(ascii: "a"):
      // Other messages that begin with this letter are not relevant.
      guard line.hasLiteral("audit: type=", at: 0) else { return nil }
    default:
      if let isOfKernel = readKmsg(line) {
        guard isOfKernel else { return nil }
      } else {
        guard readSyslog(line) else { return nil }
      }
    }
  }

  /// Reads `<5>`, `[   12.345678] ` or both. Returns false if the facility is not the kernel's.
  mutating func readBrackets(_ line: borrowing Span<UInt8>) -> Bool {
    if end < line.count, line[end] == UInt8(ascii: "<") {
      guard Self.isOfKernel(line, end + 1, before: UInt8(ascii: ">")) else { return false }
      end += 3
    }
    if end < line.count, line[end] == UInt8(ascii: "["),
      var close = line.firstIndex(of: UInt8(ascii: "]"), in: end..<min(end + 48, line.count)),
      close + 1 < line.count,
      line[close + 1] == UInt8(ascii: " ")
        || line[close + 1] == UInt8(ascii: "[") && Self.endOfCaller(line, close + 1) != nil
    {
      if let microseconds = Self.microseconds(line, end + 1, before: close) {
        time = .kernel(microseconds)
      } else if Self.isCoarseTime(line, end + 1..<close) {
        time = .coarse
      } else {
        return true
      }
      // printk.caller=1 adds the thread or the CPU, `[ T1234]` or `[    C0]`; dmesg puts a space before it.
      let caller = line[close + 1] == UInt8(ascii: " ") ? close + 2 : close + 1
      if caller < line.count, line[caller] == UInt8(ascii: "["), let end = Self.endOfCaller(line, caller) {
        close = end
      }
      end = min(close + 2, line.count)
    }
    return true
  }

  /// The offset of the last bracket of a caller such as `[ T1234]` at `start`; nil if there is none.
  // See: print_caller() in kernel/printk/printk.c
  static func endOfCaller(_ line: borrowing Span<UInt8>, _ start: Int) -> Int? {
    var position = start
    guard line.skip(UInt8(ascii: "["), at: &position) else { return nil }
    while line.skip(UInt8(ascii: " "), at: &position) {}
    guard line.skip(UInt8(ascii: "T"), at: &position) || line.skip(UInt8(ascii: "C"), at: &position),
      line.decimal(at: &position, digits: 1...10) != nil, line.skip(UInt8(ascii: "]"), at: &position),
      position < line.count, line[position] == UInt8(ascii: " ")
    else { return nil }
    return position - 1
  }

  /// Parses a time such as `   12.345678`, also with the difference to the line before, `   12.345678 <    0.000012>`.
  private static func microseconds(_ line: borrowing Span<UInt8>, _ start: Int, before end: Int) -> UInt64? {
    var position = start
    while line[position] == UInt8(ascii: " ") { position += 1 }
    guard let seconds = line.decimal(at: &position, digits: 1...12),
      line.skip(UInt8(ascii: "."), at: &position),
      let fraction = line.decimal(at: &position, digits: 6...6),
      position == end || line.hasLiteral(" <", at: position) && line[end - 1] == UInt8(ascii: ">")
    else { return nil }
    return seconds * 1_000_000 + fraction
  }

  /// Whether the range has a time such as `1234`, `Thu Nov 23 22:12:01 2026`, `Nov23 22:12` or `  +0.000012`.
  private static func isCoarseTime(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    if line.secondOfDay(in: range) != nil { return true }
    if range.count == 11, line[range.lowerBound + 5] == UInt8(ascii: " "),
      line[range.lowerBound + 8] == UInt8(ascii: ":")
    {
      return isDigit(line[range.lowerBound + 3]) && isDigit(line[range.lowerBound + 9])
    }
    for index in range where !isDigit(line[index]) {
      guard
        line[index] == UInt8(ascii: ".") || line[index] == UInt8(ascii: " ")
          || line[index] == UInt8(ascii: "+")
      else { return false }
    }
    return !range.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Whether a line without a kernel prefix may still be a kernel message, as in the output of `dmesg -t`. Other such lines have a log
  /// daemon's prefix, or are separators or prompts.
  package static func mayBeMissing(_ line: borrowing Span<UInt8>) -> Bool {
    guard line.count > 0 else { return false }
    switch line[0] {
    case UInt8(ascii: "["), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      break
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      var digits = 0
      while digits < line.count, isDigit(line[digits]) { digits += 1 }
      // A line in /dev/kmsg's form that a program wrote.
      if digits < line.count, line[digits] == UInt8(ascii: ",") { return false }
    default: return false
    }
    // The line begins with a time such as `2026-11-23T22:12:01`, `Nov 23 22:12:01` or `Mon 2026-11-23 22:12:01`.
    return line.secondOfDay(in: 0..<min(line.count, 24)) == nil
  }

  /// Reads a prefix such as `5,1234,5678,-;`, in which the kernel writes everything before the semicolon. Returns nil if the line does
  /// not begin like that, and false if the facility is not the kernel's.
  // See: Documentation/ABI/testing/dev-kmsg
  private mutating func readKmsg(_ line: borrowing Span<UInt8>) -> Bool? {
    var digits = 0
    while digits < line.count, Self.isDigit(line[digits]) { digits += 1 }
    guard digits > 0, digits < line.count, line[digits] == UInt8(ascii: ",") else { return nil }
    guard Self.isOfKernel(line, 0, before: UInt8(ascii: ",")),
      let semicolon = line.firstIndex(of: UInt8(ascii: ";"), in: 0..<min(line.count, 64))
    else { return false }
    end = semicolon + 1
    time = .kmsg
    return true
  }

  /// Whether a priority, which is eight times the facility plus the level, has facility 0 and so is a single digit.
  private static func isOfKernel(
    _ line: borrowing Span<UInt8>, _ position: Int, before end: UInt8
  ) -> Bool {
    position + 1 < line.count && (0x30...0x37).contains(line[position]) && line[position + 1] == end
  }

  /// Reads `Nov 23 22:12:01 host kernel: ` or `2026-11-23T22:12:01.123456+00:00 host kernel: `, and dmesg's brackets if they follow.
  ///
  /// Returns false if the tag after the host is not `kernel:`.
  private mutating func readSyslog(_ line: borrowing Span<UInt8>) -> Bool {
    var position = 0
    // RFC 3164's time stamp has three words (the day is padded with a space), RFC 3339's has one. The host follows.
    var words = Self.isDigit(line[0]) ? 2 : 4
    // Times of other forms are recognised by `DaemonPrefix`.
    guard words == 4 || line.count > 4 && line[4] == UInt8(ascii: "-") else { return false }
    var word = 0..<0
    while words > 0 {
      guard let space = line.firstIndex(of: UInt8(ascii: " "), in: position..<line.count) else {
        return false
      }
      if space > position {
        // A time that ends in `Z` is put before a program's text.
        if words == 2, line[space - 1] == UInt8(ascii: "Z") { return false }
        words -= 1
        word = position..<space
      }
      position = space + 1
    }
    // A word that ends like a tag is no host: the line is that of the tag's program.
    guard line.hasLiteral("kernel: ", at: position), line[word.upperBound - 1] != UInt8(ascii: ":") else {
      return false
    }
    end = position + 8
    guard readBrackets(line) else { return false }
    host = word
    if time == .missing { time = .coarse }
    return true
  }
}
