internal import AuditRecord
internal import KernelMessages

// Texts that continue after their lines, and lines that are no text.
extension LogLineReader {
  /// After this many zero bytes the line may have been cut, and the lost rest may contain anything. All lines are cut at a greater
  /// length.
  private static var longZeros: Int { 4096 }

  /// Whether a line begins with zero bytes, or is UTF-16 or the beginning of a file of bzip2. Zero bytes occur after a crash, or if a file
  /// was truncated while its writer continued. A line of only zero bytes hides no record, unless it is so long that it may have been cut.
  static func isNoText(_ line: borrowing Span<UInt8>, _ end: Int) -> Bool {
    guard line.count > 1 else { return false }
    if line[0] == 0 { return end > 0 || line.count >= longZeros }
    if line[0] == 0xfe && line[1] == 0xff || line[0] == 0xff && line[1] == 0xfe { return true }
    // Every second byte of ASCII characters in UTF-16 is zero.
    if line.count > 5, line[1] == 0, line[3] == 0, line[5] == 0, line[2] != 0, line[4] != 0 { return true }
    // See: the magic numbers of a file and of its first block, in bzip2's decompress.c
    return line.hasLiteral("BZh", at: 0) && line.hasLiteral("1AY&SY", at: 4)
  }

  /// Tracks a user message that journald shows, `USER_CMD pid=... msg='...`, and whose text may continue after the line: if its quote is
  /// open or, where later lines look like any other (`mayBeClosed`), always, because the text may have quotes, too.
  mutating func noteOpenMessage(_ line: borrowing Span<UInt8>, from start: Int, mayBeClosed: Bool = false) {
    var position = start
    if line.hasLiteral("<audit-", at: start) { position += 7 }
    while position < line.count,
      line[position] &- 0x41 < 26 || line[position] &- 0x30 < 10 || line[position] == UInt8(ascii: "_")
    {
      position += 1
    }
    _ = line.skip(UInt8(ascii: ">"), at: &position)
    guard position > start, line.hasLiteral(" pid=", at: position),
      Self.isOpenUserMessage(line, start..<line.count)
        || mayBeClosed && line.firstIndex(of: " msg='", in: position..<line.count) != nil
    else { return }
    foreign.beginOpen(line)
  }

  /// Whether a line of auditd's log is a user message without its closing quote, because its text contains a line feed.
  ///
  /// The kernel writes no quotes before the `msg='` of such a message.
  // See: audit_receive_msg() in kernel/audit.c
  static func isOpenUserMessage(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let quote = line.firstIndex(of: UInt8(ascii: "'"), in: range), quote >= range.lowerBound + 5,
      line.hasLiteral(" msg=", at: quote - 5),
      line.firstIndex(of: UInt8(ascii: "\""), in: range.lowerBound..<quote) == nil
    else { return false }
    var last = range.upperBound - 1
    while line[last] != UInt8(ascii: "'") { last -= 1 }
    guard last > quote else { return true }
    // The part that auditd's ENRICHED format appends begins with a separator or, without one, with a key in capitals.
    guard last + 1 < range.upperBound else { return false }
    return line[last + 1] != .enrichmentSeparator && !(0x41...0x5a).contains(line[last + 1])
  }
}
