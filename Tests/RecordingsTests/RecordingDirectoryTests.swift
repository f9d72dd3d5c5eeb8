import Glibc
import Recordings
import SystemPackage
import TestSupport
import Testing

@Suite struct RecordingDirectoryTests {
  @Test("What was written is read again; files have the mode 0640, whatever the mask is")
  func writing() throws {
    try TemporaryDirectory.use { temporary in
      let path = "\(temporary.path)/state"
      let directory = try RecordingDirectory(path: path, mayBeMissing: true)
      var recording = Recording.fixture(["read"])
      try directory.write(recording)
      recording.until += 1
      try directory.write(recording)
      #expect(try directory.read(maxCount: 10).recordings == [recording])
      #expect(try temporary.text(of: "state/prod/web/app.json") == recording.line)
      var status = stat()
      #expect(unsafe stat("\(path)/prod/web/app.json", &status) == 0 && status.st_mode & 0o777 == 0o640)
      #expect(unsafe stat("\(path)/prod", &status) == 0 && status.st_mode & 0o777 == 0o750)
    }
  }

  @Test("Damaged files are named with the reason and set aside; other files are left alone")
  func damage() throws {
    try TemporaryDirectory.use { temporary in
      let line = Recording.fixture(["read"]).line
      try temporary.write(line, to: "prod/web/app.json")
      try temporary.write("{", to: "prod/web/cut.json")
      try temporary.write(line, to: "stage/web/app.json")
      try temporary.write(line, to: "prod/web/.app.json.tmp")
      try temporary.write(line, to: "prod/web/README")
      try temporary.write(line, to: "prod/file.json")
      let directory = try RecordingDirectory(path: temporary.path)
      let contents = try directory.read(maxCount: 10)
      #expect(contents.recordings == [.fixture(["read"])])
      #expect(
        contents.damaged.map { $0.path.joined(separator: "/") } == [
          "prod/web/cut.json", "stage/web/app.json",
        ])
      #expect(
        contents.damaged[1].reason == "this is no recording: it is of prod/web/app, which its path is not")
      for file in contents.damaged { try directory.setAside(file.path) }
      #expect(try directory.read(maxCount: 10).damaged.isEmpty)
      #expect(try temporary.text(of: "prod/web/cut.json.bad") == "{")
    }
  }

  @Test("Links are not followed, neither to write nor to read")
  func links() throws {
    try TemporaryDirectory.use { temporary in
      try temporary.write("", to: "outside/web/x")
      try temporary.write("", to: "state/x")
      let path = "\(temporary.path)/state"
      try #require(unsafe symlink("../outside", "\(path)/prod") == 0)
      let directory = try RecordingDirectory(path: path)
      #expect(throws: Errno.self) { try directory.write(.fixture(["read"])) }
      #expect(try directory.read(maxCount: 10).recordings.isEmpty)
      unsafe unlink("\(path)/prod")
      try directory.write(.fixture(["read"]))
      try temporary.write("precious", to: "outside/file")
      unsafe unlink("\(path)/prod/web/app.json")
      try #require(unsafe symlink("../../../outside/file", "\(path)/prod/web/app.json") == 0)
      #expect(try directory.read(maxCount: 10).damaged.count == 1)
      // The link is replaced, not what it leads to.
      try directory.write(.fixture(["read"]))
      #expect(try temporary.text(of: "outside/file") == "precious")
      #expect(try directory.read(maxCount: 10).recordings.count == 1)
    }
  }

  @Test("Pipes are not waited for, and no more files are read than asked for")
  func limits() throws {
    try TemporaryDirectory.use { temporary in
      for name in ["a", "b", "c"] {
        try temporary.write(Recording.fixture(["read"]).line, to: "prod/\(name)/app.json")
      }
      try #require(unsafe mkfifo("\(temporary.path)/prod/a/app2.json", 0o600) == 0)
      let contents = try RecordingDirectory(path: temporary.path).read(maxCount: 2)
      #expect(contents.isTooLarge || contents.recordings.count + contents.damaged.count <= 4)
    }
  }
}
