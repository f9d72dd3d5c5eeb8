/// What stands before a kernel message in a line of a log: dmesg's `[  12.345678] `, /dev/kmsg's `5,1234,5678,-;`, or a syslog
/// prefix whose tag is `kernel:`.
///
/// Any other tag was written by a program, which may write what it likes, also to /dev/kmsg: where a line has the facility, it
/// has to be the kernel's.
struct KernelLinePrefix: Equatable {
  /// The time before the message, and what it proves.
  enum Time: Equatable {
    /// There is none: the message's own text could look like this line.
    case missing
    /// The log daemon's, or the kernel's in a unit too coarse to tell two messages apart.
    case coarse
    /// The kernel's, in microseconds since boot. All lines of one message have the same, and two messages hardly ever do.
    case kernel(UInt64)
    /// /dev/kmsg's. There a message is one line, for line feeds in it are escaped.
    case kmsg
  }

  /// The offset of the message.
  var end: Int
  var time = Time.missing
  /// The offsets of the host's name, in a syslog prefix.
  var host: Range<Int>?

  /// Reads the prefix of `line`; nil if another program than the kernel wrote it, or nothing says who did.
  init?(_ line: borrowing Span<UInt8>) {
    // dmesg and journalctl indent the later lines of a message.
    guard line.count > 0, line[0] > 0x20 else { return nil }
    end = 0
    switch line[0] {
    case UInt8(ascii: "["), UInt8(ascii: "<"):
      // Such as `[drm] `, of a message without a prefix.
      guard readBrackets(line), end > 0 else { return nil }
    case UInt8(ascii: "a"):
      // What else begins so is no kernel message that matters.
      guard line.hasLiteral("audit: type=", at: 0) else { return nil }
    default:
      if let isOfKernel = readKmsg(line) {
        guard isOfKernel else { return nil }
      } else {
        guard readSyslog(line) else { return nil }
      }
    }
  }

  /// `<5>` and `[   12.345678] `, each or both. False if the facility is not the kernel's.
  private mutating func readBrackets(_ line: borrowing Span<UInt8>) -> Bool {
    if end < line.count, line[end] == UInt8(ascii: "<") {
      guard Self.isOfKernel(line, end + 1, before: UInt8(ascii: ">")) else { return false }
      end += 3
    }
    if end < line.count, line[end] == UInt8(ascii: "["),
      let close = line.firstIndex(of: UInt8(ascii: "]"), in: end..<min(end + 32, line.count)),
      close + 1 < line.count, line[close + 1] == UInt8(ascii: " ")
    {
      if let microseconds = Self.microseconds(line, end + 1, before: close) {
        time = .kernel(microseconds)
      } else if Self.isCoarseTime(line, end + 1..<close) {
        time = .coarse
      } else {
        return true
      }
      end = close + 2
    }
    return true
  }

  /// `   12.345678`.
  private static func microseconds(_ line: borrowing Span<UInt8>, _ start: Int, before end: Int) -> UInt64? {
    var position = start
    while line[position] == UInt8(ascii: " ") { position += 1 }
    guard let seconds = line.decimal(at: &position, digits: 1...12),
      line.skip(UInt8(ascii: "."), at: &position),
      let fraction = line.decimal(at: &position, digits: 6...6), position == end
    else { return nil }
    return seconds * 1_000_000 + fraction
  }

  /// `1234` or `Thu Nov 23 22:12:01 2026`.
  private static func isCoarseTime(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    if line.secondOfDay(in: range) != nil { return true }
    for index in range where !isDigit(line[index]) {
      guard line[index] == UInt8(ascii: ".") || line[index] == UInt8(ascii: " ") else { return false }
    }
    return !range.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Whether a line that has no prefix of the kernel's may be a kernel message all the same, as `dmesg -t` shows them. Else it has a
  /// log daemon's prefix, or is such as a separator or a prompt.
  static func mayBeMissing(_ line: borrowing Span<UInt8>) -> Bool {
    guard line.count > 0 else { return false }
    switch line[0] {
    case UInt8(ascii: "["), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      break
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      var digits = 0
      while digits < line.count, isDigit(line[digits]) { digits += 1 }
      // /dev/kmsg's, of a program.
      if digits < line.count, line[digits] == UInt8(ascii: ",") { return false }
    default: return false
    }
    // `2026-11-23T22:12:01` or `Nov 23 22:12:01`
    return line.secondOfDay(in: 0..<min(line.count, 19)) == nil
  }

  /// `5,1234,5678,-;`, of which all before the semicolon is the kernel's own. nil if the line does not begin like that, and false
  /// if the facility is not the kernel's.
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

  /// Whether a priority, which is eight times the facility and the level, is one of facility 0: a single digit.
  private static func isOfKernel(
    _ line: borrowing Span<UInt8>, _ position: Int, before end: UInt8
  ) -> Bool {
    position + 1 < line.count && (0x30...0x37).contains(line[position]) && line[position + 1] == end
  }

  /// `Nov 23 22:12:01 host kernel: ` or `2026-11-23T22:12:01.123456+00:00 host kernel: `, then dmesg's brackets or not.
  ///
  /// False if the tag, which follows the host, is another.
  private mutating func readSyslog(_ line: borrowing Span<UInt8>) -> Bool {
    var position = 0
    // RFC 3164's time stamp is three words (the day padded with a space), RFC 3339's is one. Then the host.
    var words = (0x30...0x39).contains(line[0]) ? 2 : 4
    var word = 0..<0
    while words > 0 {
      guard let space = line.firstIndex(of: UInt8(ascii: " "), in: position..<line.count) else {
        return false
      }
      if space > position {
        words -= 1
        word = position..<space
      }
      position = space + 1
    }
    guard line.hasLiteral("kernel: ", at: position) else { return false }
    end = position + 8
    guard readBrackets(line) else { return false }
    host = word
    if time == .missing { time = .coarse }
    return true
  }
}
