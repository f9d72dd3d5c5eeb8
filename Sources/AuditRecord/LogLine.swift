/// The ways in which a record stands in a line of a log.
///
/// - auditd's log: `type=SECCOMP msg=audit(...): ...`, with or without `node=NAME ` before it
/// - the kernel's log: `audit: type=1326 audit(...): ...`, alone, behind dmesg's `[  12.345678] `, behind
///   /dev/kmsg's `5,1234,5678,-;`, or behind a syslog prefix whose tag is `kernel:`
///
/// Any other tag was written by a program, which may write what it likes, also to /dev/kmsg: where a line says the facility, it
/// has to be the kernel's.
public enum LogLine: Equatable, Sendable {
  /// A SECCOMP record: the offsets of its text (`audit(...): ...`), and of the node's name if the line has one.
  case seccomp(record: Range<Int>, node: Range<Int>?)
  /// Something else: another type of record, another message, an empty line.
  case other

  /// Finds the record in `line`, which is given without its line feed.
  public init(_ line: borrowing Span<UInt8>) {
    var end = line.count
    while end > 0, line[end - 1] == UInt8(ascii: "\r") || line[end - 1] == 0 { end -= 1 }

    var position = 0
    var node: Range<Int>?
    if line.hasLiteral("node=", at: 0) {
      guard let space = line.firstIndex(of: UInt8(ascii: " "), in: 5..<end) else {
        self = .other
        return
      }
      node = 5..<space
      position = space + 1
    }
    if let record = Self.auditLog(line, position) {
      self = .seccomp(record: min(record, end)..<end, node: node)
      return
    }
    if node == nil, let record = Self.kernelLog(line, Self.endOfKernelPrefix(line)) {
      self = .seccomp(record: min(record, end)..<end, node: nil)
      return
    }
    self = .other
  }

  /// The offset of the record in `type=SECCOMP msg=audit(...)`. auditd writes the number where it knows no name.
  private static func auditLog(_ line: borrowing Span<UInt8>, _ position: Int) -> Int? {
    guard line.hasLiteral("type=", at: position) else { return nil }
    for type: StaticString in ["SECCOMP ", "UNKNOWN[1326] ", "1326 "]
    where line.hasLiteral(type, at: position + 5) {
      let message = position + 5 + type.utf8CodeUnitCount
      // Without `msg=` the line claims to be a record and is none: parsing it says so.
      return line.hasLiteral("msg=", at: message) ? message + 4 : message
    }
    return nil
  }

  private static func kernelLog(_ line: borrowing Span<UInt8>, _ position: Int) -> Int? {
    line.hasLiteral("audit: type=1326 ", at: position) ? position + 17 : nil
  }

  /// Where the kernel's message begins: behind what dmesg, /dev/kmsg or a syslog daemon put before it.
  private static func endOfKernelPrefix(_ line: borrowing Span<UInt8>) -> Int {
    guard line.count > 0 else { return 0 }
    switch line[0] {
    case UInt8(ascii: "a"): return 0
    case UInt8(ascii: "["), UInt8(ascii: "<"): return endOfBrackets(line, 0)
    default: return endOfKmsgPrefix(line) ?? endOfSyslogPrefix(line)
    }
  }

  /// `<5>` and `[   12.345678] `, each or both. Gives the line's end if the facility is not the kernel's.
  private static func endOfBrackets(_ line: borrowing Span<UInt8>, _ start: Int) -> Int {
    var position = start
    if position < line.count, line[position] == UInt8(ascii: "<") {
      guard isOfKernel(line, position + 1, before: UInt8(ascii: ">")) else { return line.count }
      position += 3
    }
    if position < line.count, line[position] == UInt8(ascii: "["),
      let close = line.firstIndex(
        of: UInt8(ascii: "]"), in: position..<min(position + 32, line.count)),
      close + 1 < line.count, line[close + 1] == UInt8(ascii: " ")
    {
      position = close + 2
    }
    return position
  }

  /// `5,1234,5678,-;`, of which all before the semicolon is the kernel's own. Gives the line's end if the facility is not, and
  /// nil if the line does not begin like that.
  // See: Documentation/ABI/testing/dev-kmsg
  private static func endOfKmsgPrefix(_ line: borrowing Span<UInt8>) -> Int? {
    var digits = 0
    while digits < line.count, (0x30...0x39).contains(line[digits]) { digits += 1 }
    guard digits > 0, digits < line.count, line[digits] == UInt8(ascii: ",") else { return nil }
    guard isOfKernel(line, 0, before: UInt8(ascii: ",")),
      let semicolon = line.firstIndex(of: UInt8(ascii: ";"), in: 0..<min(line.count, 64))
    else { return line.count }
    return semicolon + 1
  }

  /// Whether a priority, which is eight times the facility and the level, is one of facility 0: a single digit.
  private static func isOfKernel(
    _ line: borrowing Span<UInt8>, _ position: Int, before end: UInt8
  ) -> Bool {
    position + 1 < line.count && (0x30...0x37).contains(line[position]) && line[position + 1] == end
  }

  /// `Nov 23 22:12:01 host kernel: ` or `2026-11-23T22:12:01.123456+00:00 host kernel: `, then dmesg's brackets or not.
  ///
  /// Gives the line's end if the tag, which follows the host, is another.
  private static func endOfSyslogPrefix(_ line: borrowing Span<UInt8>) -> Int {
    var position = 0
    // RFC 3164's time stamp is three words (the day padded with a space), RFC 3339's is one. Then the host.
    var words = (0x30...0x39).contains(line[0]) ? 2 : 4
    while words > 0 {
      guard let space = line.firstIndex(of: UInt8(ascii: " "), in: position..<line.count) else {
        return line.count
      }
      if space > position { words -= 1 }
      position = space + 1
    }
    guard line.hasLiteral("kernel: ", at: position) else { return line.count }
    return endOfBrackets(line, position + 8)
  }
}
