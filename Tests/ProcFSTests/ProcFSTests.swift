import Cgroups
import Glibc
import ProcFS
import TestSupport
import Testing

@Suite struct ProcFSTests {
  /// A stat file with the start time as field 22.
  static func stat(_ pid: Int, name: String, flags: Int = 4_194_560, start: String) -> String {
    "\(pid) (\(name)) S 1 \(pid) \(pid) 0 -1 \(flags) 1 2 3 4 5 6 7 8 20 0 1 0 \(start) 1000 200 184467\n"
  }

  @Test("The owner of a process is read from its cgroup file")
  func owner() throws {
    try TemporaryDirectory.use { directory in
      let procFS = ProcFS(root: directory.path)
      let id = String(repeating: "4f0c", count: 16)
      try directory.write("0::/k8s.io/\(id)\n", to: "7/cgroup")
      try directory.write("0::/system.slice/sshd.service\n", to: "8/cgroup")
      try directory.write("", to: "9/cgroup")
      #expect(procFS.owner(of: 7) == ContainerID(id).map { .container($0) })
      #expect(procFS.owner(of: 8) == .host(unit: "sshd.service"))
      #expect(procFS.owner(of: 9) == nil)
      #expect(procFS.owner(of: 10) == nil)
    }
  }

  @Test("Several processes that are read in turn have the units of their own files, compared by bytes")
  func ownersInTurn() throws {
    try TemporaryDirectory.use { directory in
      let procFS = ProcFS(root: directory.path)
      for unit in ["caf\u{e9}.service", "cafe\u{301}.service", "sshd.service"] {
        for pid in [7, 8] as [Int32] {
          try directory.write("0::/system.slice/\(unit)\n", to: "\(pid)/cgroup")
          let owner = procFS.owner(of: pid)
          let found = if case .host(let unit?) = owner { unit } else { "" }
          #expect(found.utf8.elementsEqual(unit.utf8))
        }
      }
    }
  }

  @Test(
    "The start time is found after any name that a process chose",
    arguments: [
      "sh", "two words", ") S 1 1 1", "((((", "a) R 9 9 9 9 9", "", "x\ny", "é", "\u{600}", ") 1 1 \u{600}",
    ])
  func startTime(name: String) throws {
    try TemporaryDirectory.use { directory in
      try directory.write(Self.stat(7, name: name, start: "123456789"), to: "7/stat")
      try directory.write(Self.stat(8, name: name, start: "123456000"), to: "8/stat")
      for pid in [7, 8] { try directory.write("0::/system.slice/sshd.service\n", to: "\(pid)/cgroup") }
      let readings = [7, 8].map { ProcFS(root: directory.path).reading(of: $0, scope: .everything) }
      let began = try readings.map { try #require($0.began) }
      // The start times have a resolution of 10 ms. Between the two readings the clocks are compared again.
      #expect(abs(began[0] - began[1] - 7_890_000_000) < 5_000_000)
      #expect(readings[0].owner == .host(unit: "sshd.service"))
    }
  }

  @Test(
    "A stat file that is too short or invalid has no start time",
    arguments: ["", "7 (sh) S 1", "7 sh S", "x"])
  func noStartTime(text: String) throws {
    try TemporaryDirectory.use { directory in
      try directory.write(text, to: "7/stat")
      for pid in [7, 8] { try directory.write("0::/system.slice/sshd.service\n", to: "\(pid)/cgroup") }
      let procFS = ProcFS(root: directory.path)
      for pid in [7, 8] as [Int32] {
        #expect(procFS.reading(of: pid, scope: .everything).began == nil)
        #expect(procFS.reading(of: pid, scope: .owner).owner == .host(unit: "sshd.service"))
      }
    }
  }

  @Test("An exiting process in the root of cgroup v1 has no owner")
  func exiting() throws {
    try TemporaryDirectory.use { directory in
      let files: [(Int, Int, String)] = [
        (7, 4, "4:pids:/\n1:name=systemd:/\n0::/\n"), (8, 0, "4:pids:/\n0::/\n"),
        (9, 4, "0::/system.slice/sshd.service\n"),
      ]
      for (pid, flags, cgroup) in files {
        try directory.write(cgroup, to: "\(pid)/cgroup")
        try directory.write(Self.stat(pid, name: "sh", flags: flags, start: "1000"), to: "\(pid)/stat")
      }
      let procFS = ProcFS(root: directory.path)
      #expect(procFS.owner(of: 7) == nil)
      #expect(procFS.reading(of: 7, scope: .everything).threads == 1)
      #expect(procFS.reading(of: 7, scope: .everything).isOver)
      #expect(!procFS.reading(of: 8, scope: .everything).isOver)
      #expect(procFS.owner(of: 8) == .host(unit: nil))
      #expect(procFS.owner(of: 9) == .host(unit: "sshd.service"))
    }
  }

  @Test("A process whose hierarchies contradict each other has no owner, but runs")
  func contradiction() throws {
    try TemporaryDirectory.use { directory in
      let (one, other) = (String(repeating: "a", count: 64), String(repeating: "b", count: 64))
      try directory.write("4:pids:/docker/\(one)\n1:name=systemd:/docker/\(other)\n", to: "7/cgroup")
      try directory.write(Self.stat(7, name: "sh", flags: 0, start: "1000"), to: "7/stat")
      let reading = ProcFS(root: directory.path).reading(of: 7, scope: .everything)
      #expect(reading.owner == nil)
      #expect(reading.began != nil)
      #expect(reading.threads == 1)
      #expect(!reading.isOver)
      #expect(ProcFS(root: directory.path).owner(of: 7) == nil)
    }
  }

  @Test("Of all names below the root only numbers are processes")
  func processes() throws {
    try TemporaryDirectory.use { directory in
      for name in ["1", "23", "4194304", "self", "thread-self", "1x", "sys", "99999999999"] {
        try directory.write("", to: "\(name)/cgroup")
      }
      #expect(ProcFS(root: directory.path).processes().sorted() == [1, 23, 4_194_304])
      #expect(ProcFS(root: directory.path + "/none").processes() == [])
    }
  }

  @Test(
    "A root that is not a /proc, or hides processes, counts as a failure; a process that has ended does not"
  )
  func failures() throws {
    try TemporaryDirectory.use { directory in
      try directory.write("0::/\n", to: "7/cgroup")
      let procFS = ProcFS(root: directory.path)
      #expect(procFS.owner(of: 9) == nil)
      #expect(ProcFailures.Kind.allCases.allSatisfy { procFS.failures[$0] == 0 })
      _ = procFS.processes()
      #expect(procFS.failures[.noProcesses] == 1)
      try directory.write("0::/\n", to: "1/cgroup")
      _ = procFS.processes()
      #expect(procFS.failures[.noProcesses] == 1)
      let none = ProcFS(root: directory.path + "/none")
      _ = none.processes()
      #expect(none.failures[.noProcesses] == 1)
    }
    let real = ProcFS()
    _ = real.processes()
    #expect(ProcFailures.Kind.allCases.allSatisfy { real.failures[$0] == 0 })
  }

  @Test("The machine's own /proc shows the process with ID 1")
  func realProc() {
    #expect(ProcFS().owner(of: 1) != nil)
    let reading = ProcFS().reading(of: 1, scope: .everything)
    #expect(reading.began != nil && reading.parent == 0)
    #expect(ProcFS().processes().contains(1))
  }

  @Test(
    "A process that is read again and again is found to have ended, although its files are kept open"
  )
  func repeatedReadings() throws {
    let procFS = ProcFS()
    var child: pid_t = 0
    var argv: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("sleep"), strdup("infinity"), nil]
    defer { while let argument = unsafe argv.popLast() { unsafe free(argument) } }
    try #require(unsafe posix_spawnp(&child, "sleep", nil, nil, &argv, environ) == 0)
    let first = procFS.reading(of: child, scope: .everything)
    #expect(first.owner != nil && first.parent == getpid() && first.threads == 1)
    for _ in 0..<4 {
      var again = procFS.reading(of: child, scope: .everything)
      #expect(again.asked.lowerBound >= first.asked.upperBound)
      again.asked = first.asked
      // Between two readings the clocks may be compared again.
      #expect(abs(try #require(again.began) - #require(first.began)) < 5_000_000)
      again.began = first.began
      #expect(again == first)
    }
    kill(child, SIGKILL)
    // The process has ended, but its parent has not waited for it yet.
    var info = unsafe siginfo_t()
    #expect(unsafe waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT) == 0)
    #expect(procFS.reading(of: child, scope: .everything).isOver)
    #expect(waitpid(child, nil, 0) == child)
    let last = procFS.reading(of: child, scope: .everything)
    #expect(last.owner == nil && last.threads == 0)
  }
}
