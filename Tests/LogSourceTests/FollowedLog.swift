import AuditSource
import LogSource
import FoundationEssentials
import TestSupport
import Testing

/// A followed log that initially has one line.
enum FollowedLog {
  /// Runs `body` with the log `name`, whose line has already been read.
  static func use(
    _ name: String = "log", lateSeconds: Int64 = 60,
    _ body: (TemporaryDirectory, inout FollowedLogSource) throws -> Void
  ) throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("1\n", to: name)
      var source = try FollowedLogSource(path: path, types: [.seccomp], lateSeconds: lateSeconds)
      #expect(try source.readAll() == ["1"])
      try body(directory, &source)
    }
  }
}

extension FollowedLogSource {
  /// Reads all lines that are currently available.
  mutating func readAll() throws -> [String] {
    var batch = RecordBatch()
    var lines: [String] = []
    while try read(into: &batch) == .full {
      lines += batch.lineTexts
    }
    return lines
  }

  mutating func rotationLosses() -> UInt64 { drainLosses(.later).account[.rotation] }
}

extension TemporaryDirectory {
  /// Renames the files as auditd does, and creates a new log.
  func rotate(_ text: String, kept: Int = 9) throws {
    for number in stride(from: kept - 1, to: 0, by: -1) {
      if (try? self.text(of: "log.\(number)")) != nil {
        try? remove("log.\(number + 1)")
        try move("log.\(number)", to: "log.\(number + 1)")
      }
    }
    try move("log", to: "log.1")
    try write(text, to: "log")
  }
}

enum Fixture {
  static func gzipped(beside file: String = #filePath) throws -> [UInt8] {
    let directory = URL(filePath: file).deletingLastPathComponent()
    return Array(try Data(contentsOf: directory.appending(path: "Fixtures/five-records.log.gz")))
  }
}
