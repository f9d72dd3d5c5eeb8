internal import AuditRecord
internal import BasicContainers
package import LogLines

extension RecordBatch {
  /// Finds the records in `lines`.
  package mutating func readLines(by reader: inout LogLineReader) {
    removeRecords()
    for index in lines.indices {
      let line = lines[index]
      switch reader.read(bytes.span.extracting(line)) {
      case .record(let type, let text, let node):
        entries.append(Entry(record: text, type: type, node: node).moved(by: line.lowerBound))
      case .unread(let reason): unread.add(1, for: reason)
      case .other: continue
      }
    }
  }

  /// Replaces the content with what `reader` finds in this one line.
  package mutating func replace(withLine line: String, by reader: inout LogLineReader) {
    replaceBytes(with: line)
    lines.append(0..<bytes.count)
    readLines(by: &reader)
  }
}
