import AccessRecords
import AuditRecord
import EnrichedLog
import LogLines

/// Formats the records of a log's lines, in all forms, and kernel records in each style. Whatever is read, one record must become one line.
struct RecordTarget: ~Copyable {
  private var format: RecordFormat
  private let owner: RenderedOwner

  // libFuzzer tries one input at a time.
  nonisolated(unsafe) private static var klog = RecordTarget(style: .klog)
  nonisolated(unsafe) private static var json = RecordTarget(style: .json)

  private init(style: RecordFormat.Style) {
    var owner = RecordOwner()
    owner.namespace = "namespace"
    owner.pod = "pod"
    format = RecordFormat(style: style, fields: .full, node: "node")
    self.owner = format.render(owner)
  }

  static func test(_ bytes: borrowing Span<UInt8>) {
    for type in KnownKinds.types { unsafe klog.read(bytes, 0..<bytes.count, type: type.number, node: nil) }
    let trusting = readLog(bytes, .any)
    precondition(readLog(bytes, .kernel) <= trusting)
  }

  /// Reads all lines of a log, and returns the number of records.
  private static func readLog(_ bytes: borrowing Span<UInt8>, _ trust: OriginTrust) -> Int {
    var lines = LogLineReader(types: KnownKinds.types, trust: trust, now: 1_716_580_000)
    var count = 0
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      let line = bytes.extracting(start..<end)
      // The last bytes of some lines are left out.
      let omitted = line.count > 0 && line[line.count - 1] == UInt8(ascii: "~") ? 10 : 0
      count += read(lines.read(line, omitted: omitted), line, lines)
      start = end + 1
    }
    return count + read(lines.end(), bytes, lines)
  }

  /// Formats the record, if the content is one.
  private static func read(
    _ content: LogLine, _ line: borrowing Span<UInt8>, _ reader: borrowing LogLineReader
  ) -> Int {
    switch content {
    case .record(let type, let record, let node):
      unsafe klog.read(line, record, type: type, node: node)
      unsafe json.read(line, record, type: type, node: node)
      return 1
    case .copied(let type, let record, let node):
      // The node is before the record.
      precondition(node == nil || node!.upperBound <= record.lowerBound)
      let copy = reader.copy
      unsafe klog.read(copy.span, record, type: type, node: node)
      return 1
    case .unread, .other: return 0
    }
  }

  private mutating func read(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, type: UInt16, node: Range<Int>?
  ) {
    if let node { format.setNode(of: bytes.extracting(node)) }
    KnownKinds.read(type, bytes, range, range, by: &self)
    defer { format.removeAll() }
    guard format.countBytes() > 0 else { return }
    // The output must be one line of valid UTF-8 without control characters.
    format.withLines { line in
      precondition(line[line.count - 1] == UInt8(ascii: "\n"))
      for index in 0..<line.count - 1 { precondition(line[index] >= 0x20 && line[index] != 0x7f) }
      precondition(String(validating: line.indices.map { line[$0] }, as: UTF8.self) != nil)
    }
  }
}

extension RecordTarget: RecordReader {
  mutating func read<Kind: RecordKind>(
    _ kind: Kind.Type, _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) {
    let text = bytes.extracting(range)
    var record = Kind()
    guard (try? record.read(text)) != nil else { return }
    _ = record.tallyLabels(text)
    format.append(&record, text, of: owner)
  }

  mutating func readUnknownType() {}
}
