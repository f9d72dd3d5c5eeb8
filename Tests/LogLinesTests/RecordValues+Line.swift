import AuditRecord
import LogLines
import RecordSamples

extension RecordValues {
  /// Parses a log line; nil if it is not a record.
  init?(line: [UInt8]) throws(MalformedRecord) {
    var reader = LogLineReader(types: [.seccomp])
    guard case .record(_, let text, _) = reader.read(line.span) else { return nil }
    try self.init(Array(line[text]))
  }
}
