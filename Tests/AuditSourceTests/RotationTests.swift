import AuditSource
import FoundationEssentials
import Testing
import TestSupport

/// A followed log whose files are renamed, packed, removed and cut off while nobody reads it.
@Suite struct RotationTests {
  /// The lines that are to be had now.
  private func read(_ source: inout FollowedLogSource) throws -> [String] {
    var batch = RecordBatch()
    var lines: [String] = []
    while try source.read(into: &batch) == .full {
      for index in 0..<batch.count { lines.append(batch.text(at: index)) }
    }
    return lines
  }

  private func losses(_ source: inout FollowedLogSource) -> UInt64 {
    source.takeLosses(.later).account[.rotation]
  }

  /// Runs with a log of one line, which has been read.
  private func follow(_ body: (TemporaryDirectory, inout FollowedLogSource) throws -> Void) throws {
    try TemporaryDirectory.use { directory in
      var source = try FollowedLogSource(path: directory.write("1\n", to: "log"))
      #expect(try read(&source) == ["1"])
      try body(directory, &source)
    }
  }

  /// Renames as auditd does, and begins a new log.
  private func rotate(_ directory: TemporaryDirectory, _ text: String, kept: Int = 9) throws {
    for number in stride(from: kept - 1, to: 0, by: -1) {
      if (try? directory.text(of: "log.\(number)")) != nil {
        try? directory.remove("log.\(number + 1)")
        try directory.move("log.\(number)", to: "log.\(number + 1)")
      }
    }
    try directory.move("log", to: "log.1")
    try directory.write(text, to: "log")
  }

  private func gzipped(beside file: String = #filePath) throws -> [UInt8] {
    let directory = URL(filePath: file).deletingLastPathComponent()
    return Array(try Data(contentsOf: directory.appending(path: "Fixtures/five-records.log.gz")))
  }

  private func unpacked(_ directory: TemporaryDirectory) throws -> [String] {
    var source = try LogFileSource(paths: [directory.write(gzipped(), to: "unpacked.gz")])
    var batch = RecordBatch()
    var lines: [String] = []
    while try source.read(into: &batch) != .ended {
      for index in 0..<batch.count { lines.append(batch.text(at: index)) }
    }
    return lines
  }

  @Test("Every file that was rotated while nobody read is read, in order", arguments: [1, 2, 5, 12])
  func renamed(rotations: Int) throws {
    try follow { directory, source in
      for number in 0..<rotations {
        let text = try directory.text(of: "log")
        try directory.append("\(number) more\n", to: "log")
        #expect(try directory.text(of: "log").hasPrefix(text))
        try rotate(directory, "\(number) new\n", kept: 20)
      }
      let expected = (0..<rotations).flatMap { ["\($0) more", "\($0) new"] }
      #expect(try read(&source) == expected)
      #expect(losses(&source) == 0)
      // And so from the new one on.
      try rotate(directory, "last\n")
      #expect(try read(&source) == ["last"])
      #expect(losses(&source) == 0)
    }
  }

  @Test("Files with dates in their names are read in order, gzipped or not")
  func dates() throws {
    try follow { directory, source in
      let packed = try unpacked(directory)
      // Of before the one that is read.
      try directory.write("old\n", to: "log-20251101")
      try directory.move("log", to: "log-20251102")
      try directory.write(gzipped(), to: "log-20251103.gz")
      try directory.write("4\n", to: "log-20251104-1762300000")
      try directory.write("another log\n", to: "logger-20251105")
      try directory.write("another log\n", to: "log.conf")
      try directory.write("new\n", to: "log")
      #expect(try read(&source) == packed + ["4", "new"])
      #expect(losses(&source) == 0)
    }
  }

  @Test("A file that was gzipped after it had been read is found again, and those after it are read")
  func gzippedMeanwhile() throws {
    try TemporaryDirectory.use { directory in
      let lines = try unpacked(directory)
      let path = try directory.write(lines.map { "\($0)\n" }.joined(), to: "log")
      var source = try FollowedLogSource(path: path)
      #expect(try read(&source) == lines)
      try directory.setModified(of: "log", to: 1_795_983_973)
      try directory.remove("log")
      try directory.write("older\n", to: "log.5")
      try directory.write(gzipped(), to: "log.4.gz")
      // While a file is packed both are there.
      try directory.write("3\n", to: "log.3")
      try directory.write([0x1f, 0x8b], to: "log.3.gz")
      try directory.write(gzipped(), to: "log.2.gz")
      try directory.write("1\n", to: "log.1")
      try directory.write("new\n", to: "log")
      // Two have that length: which one it is, their times tell.
      try directory.setModified(of: "log.4.gz", to: 1_795_983_973)
      try directory.setModified(of: "log.2.gz", to: 1_795_984_073)
      #expect(try read(&source) == ["3"] + lines + ["1", "new"])
      #expect(losses(&source) == 0)
    }
  }

  @Test("Where files were removed before they were read, the rest is read and a loss reported")
  func removed() throws {
    try follow { directory, source in
      // The one that is read, and one after it, are pushed out.
      for number in 2...6 { try rotate(directory, "\(number)\n", kept: 3) }
      #expect(try read(&source) == ["3", "4", "5", "6"])
      #expect(losses(&source) == 1)
      #expect(losses(&source) == 0)
    }
  }

  @Test("A file that is missing, packed in another way or damaged is a loss, and the rest is read")
  func missing() throws {
    for number in 0..<3 {
      try follow { directory, source in
        try rotate(directory, "2\n")
        try rotate(directory, "3\n")
        try rotate(directory, "4\n")
        try directory.remove("log.2")
        if number == 1 { try directory.write("xz", to: "log.2.xz") }
        if number == 2 { try directory.write(gzipped().dropLast(30), to: "log.2.gz") }
        let lines = try read(&source)
        #expect(lines.suffix(2) == ["3", "4"])
        #expect(number == 2 || lines.count == 2)
        #expect(losses(&source) == 1)
      }
    }
  }

  @Test("What its writer adds to a log after it was renamed is read, as long as the new one is empty")
  func lateWriter() throws {
    try follow { directory, source in
      try rotate(directory, "")
      #expect(try read(&source) == [])
      try directory.append("late\n", to: "log.1")
      #expect(try read(&source) == ["late"])
      try directory.append("later\n", to: "log.1")
      try directory.append("new\n", to: "log")
      #expect(try read(&source) == ["later", "new"])
      #expect(losses(&source) == 0)
    }
  }

  @Test("A log that was renamed and is still to be made anew is read on")
  func notYetThere() throws {
    try follow { directory, source in
      try directory.move("log", to: "log.1")
      try directory.append("late\n", to: "log.1")
      #expect(try read(&source) == ["late"])
      try directory.write("new\n", to: "log")
      #expect(try read(&source) == ["new"])
      #expect(losses(&source) == 0)
    }
  }

  @Test("A log that is cut off amid a line keeps that apart from what comes then, and a loss is reported")
  func cutOff() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("first\nsecond\nhalf a li", to: "log")
      var source = try FollowedLogSource(path: path)
      #expect(try read(&source) == ["first", "second"])
      try directory.write("new\n", to: "log")
      #expect(try read(&source) == ["half a li", "new"])
      #expect(losses(&source) == 1)
      try directory.write("n\n", to: "log")
      #expect(try read(&source) == ["n"])
      #expect(losses(&source) == 1)
    }
  }

  @Test("A log that was cut off and has grown beyond its old length is read anew, and a loss reported")
  func cutOffAndGrown() throws {
    try follow { directory, source in
      let lines = (2..<500).map { "\($0)" }
      try directory.write(lines.map { "\($0)\n" }.joined(), to: "log")
      #expect(try read(&source) == lines)
      #expect(losses(&source) == 1)
    }
  }
}
