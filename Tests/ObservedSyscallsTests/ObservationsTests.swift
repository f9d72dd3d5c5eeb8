import ObservedSyscalls
import Testing

@Suite struct ObservationsTests {
  private func add(_ lines: [String], _ selection: Selection = Selection()) throws -> Observations {
    var observations = Observations(selection)
    for line in lines { _ = try observations.add(Array(line.utf8).span) }
    return observations
  }

  @Test("Equal calls are counted together, with their first and last time")
  func counts() throws {
    let seen = try add([
      #"{"pod":"a","syscallName":"read","timestamp":"20.5:1"}"#,
      #"{"pod":"a","syscallName":"read","timestamp":"10.5:1","count":4}"#,
      #"{"pod":"a","syscallName":"write"}"#, #"{"pod":"b","syscallName":"read"}"#,
      #"{"pod":"a","syscalls":["read","close"]}"#,
    ])
    let tallies = seen.calls.filter { seen[$0.key.owner.pod] == "a" && seen[$0.key.syscall] == "read" }
    let tally = try #require(tallies.values.first)
    #expect(tallies.count == 1 && tally.count == 6 && tally.first == 10_500 && tally.last == 20_500)
    #expect(seen.calls.count == 4)
  }

  @Test("A count that exceeds its type stays at the most")
  func saturation() throws {
    let line = #"{"pod":"a","syscallName":"read","count":999999999999999999}"#
    var tally = Observations.Tally(count: .max - 1)
    tally.add(Observations.Tally(count: 5))
    #expect(tally.count == .max)
    #expect(try add([line, line]).calls.values.first?.count == 1_999_999_999_999_999_998)
  }

  @Test(
    "What a process can choose does not fill the memory: executables and numbers beyond a limit are counted together"
  )
  func limits() throws {
    var seen = Observations(keepsExecutables: true)
    for index in 0..<70_000 {
      _ = try seen.add(Array(#"{"pod":"a","syscallName":"read","executable":"/\#(index)"}"#.utf8).span)
    }
    for index in 9000..<9100 {
      _ = try seen.add(Array(#"{"pod":"a","syscallID":\#(index),"arch":"x86_64"}"#.utf8).span)
    }
    let others = seen.calls.filter { seen[$0.key.executable] == "*" }
    #expect(others.count == 1 && others.values.first?.count == 70_000 - (1 << 16))
    let unnamed = seen.calls.filter { $0.key.syscall == .none }
    #expect(unnamed.count == 65)
    #expect(unnamed.first { $0.key.number == Observations.otherNumbers }?.value.count == 36)
    #expect(
      try add([#"{"pod":"a","syscallName":"read","executable":"/x"}"#]).calls.keys.first?.executable
        == NamePool.Name.none)
  }

  @Test("Losses, unresolved and unread lines are counted apart, whatever is selected")
  func losses() throws {
    let seen = try add(
      [
        #"{"type":"loss","node":"n1","count":3,"place":"socket"}"#,
        #"{"type":"loss","node":"n1","count":4,"place":"socket"}"#,
        #"{"type":"suppressed","node":"n1","namespace":"x","suppressed":5}"#,
        #"{"type":"seccomp","node":"n1","syscallName":"read","attribution":"unresolved"}"#,
        #"{"type":"seccomp","node":"n1","namespace":"prod","pod":"p-1","syscallName":"read"}"#, "text",
      ], Selection(namespace: "prod", pod: "p-*"))
    #expect(seen.losses.values.map(\.self) == [7])
    #expect(seen.suppressed.isEmpty && seen.unresolved.values.map(\.self) == [1])
    #expect(seen.calls.count == 1 && seen.others == 1)
  }

  @Test(
    "A selection is of names, and of patterns for pods",
    arguments: [
      (Selection(), true), (Selection(namespace: "prod"), true), (Selection(namespace: "pro"), false),
      (Selection(pod: "web-*"), true), (Selection(pod: "web"), false), (Selection(pod: "*[0-9]"), true),
      (Selection(container: "app"), true), (Selection(namespace: "prod", container: "ap*"), false),
    ])
  func selections(_ selection: Selection, _ isMatch: Bool) {
    var subject = Selection.Subject()
    (subject.namespace, subject.pod, subject.container) = ("prod", "web-1", "app")
    #expect(selection.decide(subject) == (isMatch, nil))
  }

  @Test(
    "A Deployment's pods have its name and two random parts",
    arguments: [
      ("web-7d4b9c6f5-x2x9z", "web"), ("a-b-7d4b9c6f5-x2x9z", "a-b"), ("web-0", "web-0"),
      ("web-x2x9z", "web-x2x9z"), ("web-7d4b9c6f5-x2x9e", "web-7d4b9c6f5-x2x9e"), ("", ""),
      ("7d4b9c6f5-x2x9z", "7d4b9c6f5-x2x9z"),
    ])
  func workloads(_ pod: String, _ workload: String) { #expect(Workload.name(ofPod: pod) == workload) }

  @Test("Images and labels select containers; where lines do not have them that is known")
  func images() throws {
    let lines = [
      #"{"pod":"a","syscallName":"read","image":"docker.io/redis:7"}"#,
      #"{"pod":"a","syscallName":"read","image":"nginx"}"#, #"{"pod":"a","syscallName":"read"}"#,
    ]
    var selection = Selection()
    selection.image = "*redis:*"
    let seen = try add(lines, selection)
    #expect(
      seen.calls.keys.map { seen[$0.owner.image] } == ["docker.io/redis:7"] && seen.undecided == [.image])
    selection.acceptsUnknownImages = true
    #expect(try add(lines, selection).calls.count == 2)
    selection = Selection()
    selection.labels = ["app": "web"]
    let labelled = try add(lines, selection)
    #expect(labelled.calls.isEmpty && labelled.undecided == [.labels])
    var subject = Selection.Subject()
    subject.labels = ["app": "web", "b": "c"]
    #expect(selection.decide(subject).isSelected)
    subject.labels = ["app": "db"]
    #expect(!selection.decide(subject).isSelected)
  }
}
