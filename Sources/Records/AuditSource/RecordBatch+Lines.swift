internal import AuditRecord
internal import BasicContainers
package import LogLines

extension RecordBatch {
  /// Finds the records in `lines`.
  package mutating func readLines(by reader: inout LogLineReader) {
    removeRecords()
    var omission = 0
    for index in lines.indices {
      let line = lines[index]
      var omitted = 0
      if omission < omissions.count, omissions[omission].line == index {
        omitted = omissions[omission].bytes
        omission += 1
      }
      let content = reader.read(bytes.span.extracting(line), omitted: omitted)
      if case .record(let type, let text, let node) = content {
        entries.append(Entry(record: text, type: type, node: node).moved(by: line.lowerBound))
      } else {
        append(content, from: reader)
      }
    }
  }

  /// Adds what `reader` still has at the end of a log.
  package mutating func endLog(by reader: inout LogLineReader) { append(reader.end(), from: reader) }

  /// Adds what `reader` has found apart from the batch's lines.
  package mutating func append(_ content: LogLine, from reader: borrowing LogLineReader) {
    switch content {
    case .copied(let type, let text, let node):
      let start = bytes.count
      bytes.append(copying: reader.copy.span)
      entries.append(Entry(record: text, type: type, node: node).moved(by: start))
    case .unread(let reason): unread.add(1, for: reason)
    case .record, .other: break
    }
  }

  /// Replaces the content with what `reader` finds in this one line.
  package mutating func replace(withLine line: String, by reader: inout LogLineReader) {
    replaceBytes(with: line)
    lines.append(0..<bytes.count)
    readLines(by: &reader)
  }
}
