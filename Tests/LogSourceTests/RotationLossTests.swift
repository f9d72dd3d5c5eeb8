import AuditSource
import LogSource
import TestSupport
import Testing

/// Tests that missing parts of a followed log are reported, and nothing else.
@Suite struct RotationLossTests {
  @Test("If the newest numbered file is missing, a loss is reported", arguments: [1, 2, 3])
  func youngestMissing(removed: Int) throws {
    try FollowedLog.use { directory, source in
      for number in 2...5 { try directory.rotate("\(number)\n") }
      for number in 1...removed { try directory.remove("log.\(number)") }
      #expect(try source.readAll() == (2...5).filter { $0 < 5 - removed || $0 == 5 }.map { "\($0)" })
      #expect(source.rotationLosses() == 1)
      try directory.rotate("6\n")
      #expect(try source.readAll() == ["6"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test(
    "Whichever of files with dates is missing is a loss", arguments: [[], [2], [3], [4], [2, 3], [2, 3, 4]])
  func datedMissing(removed: [Int]) throws {
    try FollowedLog.use { directory, source in
      for number in 2...5 {
        try directory.move("log", to: "log-2025110\(number - 1)")
        try directory.write("\(number)\n", to: "log")
      }
      for number in removed { try directory.remove("log-2025110\(number)") }
      #expect(try source.readAll() == (2...5).filter { !removed.contains($0) }.map { "\($0)" })
      #expect(source.rotationLosses() == (removed.isEmpty ? 0 : 1))
    }
  }

  @Test(
    "Files whose extension comes last are read", arguments: ["messages.log", "messages"],
    [["-20251101", "-20251102"], [".2", ".1"], ["-20251101", "-2025110200"]])
  func extensions(log: String, rotations: [String]) throws {
    try FollowedLog.use(log) { directory, source in
      try directory.move(log, to: "messages\(rotations[0]).log")
      try directory.write(Fixture.gzipped(), to: "messages\(rotations[1]).log.gz")
      // The log as it was before it was compressed.
      try directory.write("", to: log)
      try directory.remove(log)
      try directory.write("3\n", to: log)
      try directory.write("another log\n", to: "messages-old.1.log")
      let lines = try source.readAll()
      #expect(lines.count == 6)
      #expect(lines.last == "3")
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("Files that were moved elsewhere are a loss, unless they had been read", arguments: [1, 2, 3])
  func movedElsewhere(rotations: Int) throws {
    try FollowedLog.use { directory, source in
      try directory.write("", to: "other/keep")
      for number in 1...rotations {
        try directory.move("log", to: "other/moved\(number)")
        try directory.write("new \(number)\n", to: "log")
      }
      #expect(try source.readAll() == ["new \(rotations)"])
      #expect(source.rotationLosses() == (rotations > 1 ? 1 : 0))
    }
  }

  @Test("Removing and creating a log that had been read is not a loss")
  func removedAndMadeAnew() throws {
    try FollowedLog.use { directory, source in
      try directory.remove("log")
      try directory.write("2\n", to: "log")
      #expect(try source.readAll() == ["2"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("A log that was renamed back is not a loss, but another log that had its name meanwhile is")
  func nameBack() throws {
    try FollowedLog.use { directory, source in
      try directory.move("log", to: "aside")
      try directory.move("aside", to: "log")
      #expect(try source.readAll() == [])
      #expect(source.rotationLosses() == 0)
      try directory.move("log", to: "aside")
      try directory.write("lost\n", to: "log")
      try directory.remove("log")
      try directory.move("aside", to: "log")
      #expect(try source.readAll() == [])
      #expect(source.rotationLosses() == 1)
    }
  }

  @Test("If the kernel dropped events, a rotation may count as a loss")
  func eventsDropped() throws {
    try FollowedLog.use { directory, source in
      // The event queue has 16,384 entries by default. Each move causes at least three events.
      for _ in 0..<4000 {
        try directory.move("log", to: "aside")
        try directory.move("aside", to: "log")
      }
      #expect(try source.readAll() == [])
      #expect(source.rotationLosses() <= 1)
      for _ in 0..<4000 {
        try directory.move("log", to: "aside")
        try directory.move("aside", to: "log")
      }
      try directory.rotate("2\n")
      #expect(try source.readAll() == ["2"])
      #expect(source.rotationLosses() == 1)
      try directory.rotate("3\n")
      #expect(try source.readAll() == ["3"])
      #expect(source.rotationLosses() == 0)
    }
  }

  @Test("Lines that a writer appends to a previous file are read, including the rest of a line")
  func leftOpen() throws {
    try FollowedLog.use { directory, source in
      try directory.append("half", to: "log")
      try directory.rotate("new\n")
      #expect(try source.readAll() == ["new"])
      try directory.append(" line\nlate\n", to: "log.1")
      #expect(try source.readAll() == ["half line", "late"])
      for number in 2...5 {
        try directory.rotate("new \(number)\n")
        #expect(try source.readAll() == ["new \(number)"])
        try directory.append("late \(number)\n", to: "log.\(number)")
        try directory.append("newer \(number)\n", to: "log")
        #expect(try source.readAll() == (number < 5 ? ["late \(number)", "newer \(number)"] : ["newer 5"]))
      }
      // Only four previous files are still read.
      #expect(source.rotationLosses() == 1)
    }
  }

  @Test("A write to an abandoned file is reported once")
  func givenUp() throws {
    try FollowedLog.use(lateSeconds: 0) { directory, source in
      try directory.append("half a line", to: "log")
      try directory.rotate("new\n")
      #expect(try source.readAll() == ["half a line", "new"])
      #expect(source.rotationLosses() == 0)
      for losses in [1, 0] as [UInt64] {
        try directory.append("late\n", to: "log.1")
        #expect(try source.readAll() == [])
        #expect(source.rotationLosses() == losses)
      }
    }
  }

  @Test("A file that was compressed after it was read is not read again, even if the compression failed")
  func packedInPart() throws {
    try TemporaryDirectory.use { directory in
      var unpacked = try LogFileSource(
        paths: [directory.write(Fixture.gzipped(), to: "unpacked.gz")], types: [.seccomp])
      var batch = RecordBatch()
      var lines: [String] = []
      while try unpacked.read(into: &batch) != .ended {
        lines += batch.lineTexts
      }
      for packed in [try Fixture.gzipped().dropLast(20), try Fixture.gzipped()[...]] {
        let path = try directory.write(lines.map { "\($0)\n" }.joined(), to: "log")
        var source = try FollowedLogSource(path: path, types: [.seccomp])
        #expect(try source.readAll() == lines)
        try directory.rotate("2\n")
        try directory.rotate("3\n")
        try directory.write(packed, to: "log.2.gz")
        try directory.remove("log.2")
        #expect(try source.readAll() == ["2", "3"])
        #expect(source.rotationLosses() == 0)
        for name in ["log", "log.1", "log.2.gz"] { try directory.remove(name) }
      }
    }
  }

  @Test("A file that was compressed in an unsupported format after it was read is not a loss")
  func packedOtherwise() throws {
    try FollowedLog.use { directory, source in
      try directory.setModified(of: "log", to: 1_795_983_973)
      try directory.rotate("2\n")
      try directory.rotate("3\n")
      try directory.remove("log.2")
      try directory.write("xz", to: "log.2.xz")
      try directory.setModified(of: "log.2.xz", to: 1_795_983_973)
      #expect(try source.readAll() == ["2", "3"])
      #expect(source.rotationLosses() == 0)
    }
  }
}
