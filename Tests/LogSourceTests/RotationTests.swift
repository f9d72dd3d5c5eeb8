import AuditSource
import LogSource
import FoundationEssentials
import Testing
import TestSupport

/// A followed log whose files are renamed, packed, removed and cut off while nobody reads it.
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

  @Test("Every file that was rotated while nobody read is read, in order", arguments: [1, 2, 5, 12])
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
      // And so from the new one on.
      try directory.rotate("last\n")
      #expect(try source.readAll() == ["last"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("Files with dates in their names are read in order, gzipped or not")
  func dates() throws {
    try FollowedLog.use { directory, source in
      let packed = try unpacked(directory)
      // Of before the one that is read.
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

  @Test("A file that was gzipped after it had been read is found again, and those after it are read")
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
      // While a file is packed both are there.
      try directory.write("3\n", to: "log.3")
      try directory.write([0x1f, 0x8b], to: "log.3.gz")
      try directory.write(Fixture.gzipped(), to: "log.2.gz")
      try directory.write("1\n", to: "log.1")
      try directory.write("new\n", to: "log")
      // Two have that length: which one it is, their times tell.
      try directory.setModified(of: "log.4.gz", to: 1_795_983_973)
      try directory.setModified(of: "log.2.gz", to: 1_795_984_073)
      #expect(try source.readAll() == ["3"] + lines + ["1", "new"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("Where files were removed before they were read, the rest is read and a loss reported")
  func removed() throws {
    try FollowedLog.use { directory, source in
      // The one that is read, and one after it, are pushed out.
      for number in 2...6 { try directory.rotate("\(number)\n", kept: 3) }
      #expect(try source.readAll() == ["3", "4", "5", "6"])
      #expect(source.rotationLosses() == 1)
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("A file that is missing, packed in another way or damaged is a loss, and the rest is read")
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

  @Test("What its writer adds to a log after it was renamed is read, as long as the new one is empty")
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

  @Test("A log that was renamed and is still to be made anew is read on")
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

  @Test("A log that is cut off amid a line keeps that apart from what comes then, and a loss is reported")
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

  @Test("A log that was cut off and has grown beyond its old length is read anew, and a loss reported")
  func cutOffAndGrown() throws {
    try FollowedLog.use { directory, source in
      let lines = (2..<500).map { "\($0)" }
      try directory.write(lines.map { "\($0)\n" }.joined(), to: "log")
      #expect(try source.readAll() == lines)
      #expect(source.rotationLosses() == 1)
    }
  }
}
