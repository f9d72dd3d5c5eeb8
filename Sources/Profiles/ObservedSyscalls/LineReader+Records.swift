internal import AuditRecord
internal import LogLines

/// Records of the kernel's among the lines, which name no container.
extension LineReader {
  /// Reads a line that may have a record of the kernel's.
  mutating func readRecord(_ line: borrowing Span<UInt8>) -> LineContent {
    switch records.read(line) {
    case .record(_, let text, let node): keepRecord(text, node, in: line)
    case .copied(_, let text, let node):
      let copy = records.copy
      keepRecord(text, node, in: copy.span)
    // These are lines of other kinds than SECCOMP, which have been left out before.
    case .unread(.enriched), .other: return .other
    case .unread(let reason):
      unread.add(1, for: reason)
      return .other
    }
    return .record
  }

  private mutating func keepRecord(
    _ text: Range<Int>, _ node: Range<Int>?, in bytes: borrowing Span<UInt8>
  ) {
    record.removeAll(keepingCapacity: true)
    if let node {
      record.append(contentsOf: "node=".utf8)
      for index in node { record.append(bytes[index]) }
      record.append(UInt8(ascii: " "))
    }
    record.append(contentsOf: "type=SECCOMP msg=".utf8)
    for index in text { record.append(bytes[index]) }
  }
}
