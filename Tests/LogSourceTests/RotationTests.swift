import AuditSource
import LogSource
import FoundationEssentials
import Testing
import TestSupport

/// Tests a followed log whose files are renamed, compressed, removed and truncated between two reads.
@Suite struct RotationTests {
  private func unpacked(_ directory: TemporaryDirectory) throws -> [String] {
    var source = try LogFileSource(
      paths: [directory.write(Fixture.gzipped(), to: "unpacked.gz")], types: [.seccomp])
    var batch = RecordBatch()
    var lines: [String] = []
    while try source.read(into: &batch) != .ended {
      lines += batch.lineTexts
    }
    return lines
  }

  @Test("All files that were rotated between two reads are read in order", arguments: [1, 2, 5, 12])
  func renamed(rotations: Int) throws {
    try FollowedLog.use { directory, source in
      for number in 0..<rotations {
        let text = try directory.text(of: "log")
        try directory.append("\(number) more\n", to: "log")
        #expect(try directory.text(of: "log").hasPrefix(text))
        try directory.rotate("\(number) new\n", kept: 20)
      }
      let expected = (0..<rotations).flatMap { ["\($0) more", "\($0) new"] }
      #expect(try source.readAll() == expected)
      #expect(source.rotationLosses() == 0)
      // The next rotation starts from the new log.
      try directory.rotate("last\n")
      #expect(try source.readAll() == ["last"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("Files with dates in their names are read in order, compressed or not")
  func dates() throws {
    try FollowedLog.use { directory, source in
      let packed = try unpacked(directory)
      // This file is older than the one that is being read.
      try directory.write("old\n", to: "log-20251101")
      try directory.move("log", to: "log-20251102")
      try directory.write(Fixture.gzipped(), to: "log-20251103.gz")
      try directory.write("4\n", to: "log-20251104-1762300000")
      try directory.write("another log\n", to: "logger-20251105")
      try directory.write("another log\n", to: "log.conf")
      try directory.write("new\n", to: "log")
      #expect(try source.readAll() == packed + ["4", "new"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("A file that was compressed after it was read is found again, and its successors are read")
  func gzippedMeanwhile() throws {
    try TemporaryDirectory.use { directory in
      let lines = try unpacked(directory)
      let path = try directory.write(lines.map { "\($0)\n" }.joined(), to: "log")
      var source = try FollowedLogSource(path: path, types: [.seccomp])
      #expect(try source.readAll() == lines)
      try directory.setModified(of: "log", to: 1_795_983_973)
      try directory.remove("log")
      try directory.write("older\n", to: "log.5")
      try directory.write(Fixture.gzipped(), to: "log.4.gz")
      // While a file is being compressed, both versions exist.
      try directory.write("3\n", to: "log.3")
      try directory.write([0x1f, 0x8b], to: "log.3.gz")
      try directory.write(Fixture.gzipped(), to: "log.2.gz")
      try directory.write("1\n", to: "log.1")
      try directory.write("new\n", to: "log")
      // Two files have the same uncompressed length, so their times decide.
      try directory.setModified(of: "log.4.gz", to: 1_795_983_973)
      try directory.setModified(of: "log.2.gz", to: 1_795_984_073)
      #expect(try source.readAll() == ["3"] + lines + ["1", "new"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("If files were removed before they were read, the others are read and a loss is reported")
  func removed() throws {
    try FollowedLog.use { directory, source in
      // The file that is being read and its successor are removed.
      for number in 2...6 { try directory.rotate("\(number)\n", kept: 3) }
      #expect(try source.readAll() == ["3", "4", "5", "6"])
      #expect(source.rotationLosses() == 1)
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("A missing, damaged or unsupported file is a loss, and the others are read")
  func missing() throws {
    for number in 0..<3 {
      try FollowedLog.use { directory, source in
        try directory.rotate("2\n")
        try directory.rotate("3\n")
        try directory.rotate("4\n")
        try directory.remove("log.2")
        if number == 1 { try directory.write("xz", to: "log.2.xz") }
        if number == 2 { try directory.write(Fixture.gzipped().dropLast(30), to: "log.2.gz") }
        let lines = try source.readAll()
        #expect(lines.suffix(2) == ["3", "4"])
        #expect(number == 2 || lines.count == 2)
        #expect(source.rotationLosses() == 1)
      }
    }
  }

  @Test(
    "A log that was compressed with zstd or xz after its rotation is read",
    arguments: zip(PackedLogTests.packed, ["zst", "xz"]))
  func packed(bytes: [UInt8], suffix: String) throws {
    try FollowedLog.use { directory, source in
      try directory.rotate("2\n")
      try directory.rotate("3\n")
      try directory.rotate("4\n")
      try directory.remove("log.2")
      try directory.write(bytes, to: "log.2." + suffix)
      #expect(try source.readAll().suffix(4) == ["first", "second", "3", "4"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("Lines that a writer appends to a renamed log are read while the new log is empty")
  func lateWriter() throws {
    try FollowedLog.use { directory, source in
      try directory.rotate("")
      #expect(try source.readAll() == [])
      try directory.append("late\n", to: "log.1")
      #expect(try source.readAll() == ["late"])
      try directory.append("later\n", to: "log.1")
      try directory.append("new\n", to: "log")
      #expect(try source.readAll() == ["later", "new"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("A renamed log is read until a new one is created")
  func notYetThere() throws {
    try FollowedLog.use { directory, source in
      try directory.move("log", to: "log.1")
      try directory.append("late\n", to: "log.1")
      #expect(try source.readAll() == ["late"])
      try directory.write("new\n", to: "log")
      #expect(try source.readAll() == ["new"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("A line before a truncation is not joined with the text after it, and a loss is reported")
  func cutOff() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("first\nsecond\nhalf a li", to: "log")
      var source = try FollowedLogSource(path: path, types: [.seccomp])
      #expect(try source.readAll() == ["first", "second"])
      try directory.write("new\n", to: "log")
      #expect(try source.readAll() == ["half a li", "new"])
      #expect(source.rotationLosses() == 1)
      try directory.write("n\n", to: "log")
      #expect(try source.readAll() == ["n"])
      #expect(source.rotationLosses() == 1)
    }
  }

  @Test("A log that was truncated and then grew beyond its old length is read again, with a loss")
  func cutOffAndGrown() throws {
    try FollowedLog.use { directory, source in
      let lines = (2..<500).map { "\($0)" }
      try directory.write(lines.map { "\($0)\n" }.joined(), to: "log")
      #expect(try source.readAll() == lines)
      #expect(source.rotationLosses() == 1)
    }
  }
}
