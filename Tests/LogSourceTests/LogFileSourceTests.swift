import AuditRecord
import AuditSource
import LogSource
import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TestSupport

@Suite struct LogFileSourceTests {
  /// Reads all lines of a file, and counts the batches.
  private func read(_ path: String) throws -> (lines: [String], batches: Int) {
    var source = try LogFileSource(paths: [path], types: [.seccomp])
    var batch = RecordBatch()
    var lines: [String] = []
    var batches = 0
    var progress = ReadProgress.full
    while progress != .ended {
      progress = try source.read(into: &batch)
      batches += 1
      lines += batch.lineTexts
    }
    #expect(try source.read(into: &batch) == .ended)
    #expect(batch.lineTexts.isEmpty && batch.isEmpty)
    return (lines, batches)
  }

  @Test(
    "Lines are read separately, with or without a line feed at the end of the last one",
    arguments: [
      ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]),
      ("a\n\nb\n", ["a", "", "b"]),
    ] as [(String, [String])])
  func plain(text: String, lines: [String]) throws {
    try TemporaryDirectory.use { directory in
      let read = try read(directory.write(text, to: "log")).lines
      #expect(read == lines)
    }
  }

  @Test("A compressed log is decompressed")
  func gzip() throws {
    try TemporaryDirectory.use { directory in
      let (lines, _) = try read(directory.write(Fixture.gzipped(), to: "log"))
      #expect(lines.count == 5)
      #expect(lines.allSatisfy { $0.hasPrefix("type=SECCOMP msg=audit(17") && $0.contains(" code=0x") })
    }
  }

  @Test("Two concatenated gzip files, such as logrotate's joined by cat, are both read")
  func joined() throws {
    try TemporaryDirectory.use { directory in
      let lines = try read(directory.write(Fixture.gzipped() + Fixture.gzipped(), to: "log")).lines
      #expect(lines.count == 10)
    }
  }

  @Test(
    "Lines after the end of a gzip file are counted, except for padding with zero bytes",
    arguments: [
      ("a\nb\n", 2), ("a\nb", 2), ("x", 1), ("\u{1f}", 1), ("\0\0\0\0", 0), ("\0\0a", 1), ("", 0),
    ] as [(String, UInt64)], [1, 50_000])
  func behindGzip(rest: (text: String, count: UInt64), repetitions: Int) throws {
    // A repeated text without a line feed is one long line.
    let text = String(repeating: rest.text, count: repetitions)
    let feeds = UInt64(text.utf8.count { $0 == UInt8(ascii: "\n") })
    let count = rest.count == 0 ? 0 : feeds + (text.hasSuffix("\n") ? 0 : 1)
    #expect(repetitions > 1 || count == rest.count)
    try TemporaryDirectory.use { directory in
      let paths = [
        try directory.write(Fixture.gzipped() + Fixture.gzipped() + Array(text.utf8), to: "log.gz"),
        try directory.write("last\n", to: "log"),
      ]
      var source = try LogFileSource(paths: paths, types: [.seccomp])
      var batch = RecordBatch()
      var lines = 0
      while try source.read(into: &batch) != .ended { lines += batch.lineTexts.count }
      #expect(lines == 11)
      #expect(source.drainLosses(.later).afterPacked == count)
      #expect(source.drainLosses(.later).afterPacked == 0)
    }
  }

  @Test("Reading a truncated gzip file ends with an error")
  func cutShort() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write(Fixture.gzipped().dropLast(20), to: "log.gz")
      #expect(throws: SourceError.self) { try read(path) }
    }
  }

  @Test("A gzip file with a damaged byte is an error that names the file")
  func damaged() throws {
    try TemporaryDirectory.use { directory in
      var bytes = try Fixture.gzipped()
      bytes[bytes.count / 2] ^= 0x55
      let path = try directory.write(bytes, to: "log.gz")
      let error = #expect(throws: SourceError.self) { try read(path) }
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test("A line across the boundary of two reads is complete", arguments: [-2, -1, 0, 1, 2, 100])
  func acrossReads(shift: Int) throws {
    try TemporaryDirectory.use { directory in
      // Each line has 256 bytes with its line feed, so 1,024 lines fill a read exactly, except for the shift.
      let first = String(repeating: "f", count: 255 + shift)
      let rest = (0..<2100).map { "\($0):" + String(repeating: "x", count: 254 - "\($0)".count) }
      let path = try directory.write(([first] + rest).joined(separator: "\n"), to: "log")
      let (lines, batches) = try read(path)
      #expect(lines == [first] + rest)
      #expect(batches > 2)
    }
  }

  @Test(
    "A line that is longer than any record is cut off, and the lines around it are complete",
    arguments: [65_536, 65_537, 100_000, 262_144, 300_000, 1_000_000])
  func longLine(length: Int) throws {
    try TemporaryDirectory.use { directory in
      let long = String(repeating: "l", count: length)
      let path = try directory.write("before\n\(long)\nafter\nlast", to: "log")
      let lines = try read(path).lines
      #expect(lines.count == 4)
      #expect(lines.first == "before")
      #expect(lines.suffix(2) == ["after", "last"])
      #expect(lines[1].utf8.count == min(length, 65_536))
    }
  }

  @Test("A long last line without a line feed ends the file")
  func longLastLine() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("before\n" + String(repeating: "l", count: 700_000), to: "log")
      let lines = try read(path).lines
      #expect(lines.first == "before")
      #expect(lines.count == 2)
    }
  }

  private func makePipe(in directory: TemporaryDirectory) -> String {
    let path = "\(directory.path)/pipe"
    let failed = unsafe mkfifo(path, 0o600)
    #expect(failed == 0)
    return path
  }

  @Test("Neither opening nor reading a pipe waits for its writer")
  func pipe() throws {
    try TemporaryDirectory.use { directory in
      let path = makePipe(in: directory)
      var source = try LogFileSource(paths: [path], types: [.seccomp])
      #expect(source.descriptor != nil)
      var batch = RecordBatch()
      func reads(_ progress: ReadProgress, _ lines: [String]) throws {
        #expect(try source.read(into: &batch) == progress)
        #expect(batch.lineTexts == lines)
      }
      try reads(.drained, [])
      let writer = try FileDescriptor.open(FilePath(path), .writeOnly)
      try reads(.drained, [])
      try writer.writeAll("first\nsec".utf8)
      try reads(.full, ["first"])
      try reads(.drained, [])
      try writer.writeAll("ond\nlast".utf8)
      try reads(.full, ["second"])
      try writer.close()
      try reads(.ended, ["last"])
    }
  }

  @Test("Compressed input from a pipe is an error with a remedy, however little arrives at once")
  func gzippedPipe() throws {
    for first in [1, 2, 30] {
      try TemporaryDirectory.use { directory in
        let path = makePipe(in: directory)
        var source = try LogFileSource(paths: [path], types: [.seccomp])
        var batch = RecordBatch()
        let writer = try FileDescriptor.open(FilePath(path), .writeOnly)
        let bytes = try Fixture.gzipped()
        try writer.writeAll(bytes[..<first])
        let error = #expect(throws: SourceError.self) {
          if first == 1 { #expect(try source.read(into: &batch) == .full) }
          try writer.writeAll(bytes[first...])
          _ = try source.read(into: &batch)
        }
        #expect(error?.description.hasPrefix("cannot read \(path) (") == true)
        #expect(error?.remedy.contains("zcat") == true)
        try writer.close()
      }
    }
  }

  @Test("A pipe is followed from one writer to the next")
  func followedPipe() throws {
    try TemporaryDirectory.use { directory in
      let path = makePipe(in: directory)
      var source = try FollowedLogSource(path: path, types: [.seccomp])
      for text in ["a", "b"] {
        #expect(try source.readAll() == [])
        let writer = try FileDescriptor.open(FilePath(path), .writeOnly)
        #expect(try source.readAll() == [])
        try writer.writeAll("\(text)\n".utf8)
        #expect(try source.readAll() == [text])
        try writer.close()
      }
    }
  }

  @Test("A missing file and a directory are errors with a remedy")
  func unreadable() throws {
    try TemporaryDirectory.use { directory in
      for (path, cause) in [("\(directory.path)/none", "no such file"), (directory.path, "directory")] {
        let error = #expect(throws: SourceError.self) { try read(path) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("cannot read \(path): "))
        #expect(text.contains(cause))
        #expect(text.hasSuffix("(name a readable log file)"))
      }
    }
  }
}
