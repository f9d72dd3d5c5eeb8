import Recordings

/// Tests recordings. One that is accepted must be the same after it was written and read again, whole or merged with itself, and its
/// names must be those of files in their directory.
enum RecordingTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(InvalidRecording) {
      let recording = try Recording(json: bytes)
      let line = recording.line
      let again = try Recording(json: Array(line.utf8).span)
      precondition(again == recording && again.line == line)
      precondition(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
      var merged = recording
      merged.merge(again)
      precondition(merged == recording)
      for name in recording.subject.names {
        precondition(!name.isEmpty && !name.hasPrefix(".") && !name.utf8.contains(UInt8(ascii: "/")))
      }
    } catch {
      precondition(!error.reason.isEmpty)
    }
  }
}
