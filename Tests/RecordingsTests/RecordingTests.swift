import AuditRecord
import Recordings
import Testing

@Suite struct RecordingTests {
  private func reread(_ recording: Recording) throws -> Recording {
    try Recording(json: Array(recording.line.utf8).span)
  }

  @Test("The text has one line, sorted, with one object for each call")
  func text() throws {
    var recording = Recording.fixture(["write", "read"], isComplete: false, gaps: [.startedBefore: 1])
    recording.add(
      Recording.Tally(records: 1, instances: 1, first: 7, last: 8),
      of: Recording.Call(arch: "x86_64", number: 9999, name: "", action: nil, caller: .runc))
    #expect(
      recording.line
        == #"{"kind":"audit-enricher.recording","version":1,"nodes":["n1"],"namespace":"prod","workload":"web","#
        + #""workloadKind":"Deployment","container":"app","images":["registry/web:1"],"since":1000,"until":1500,"#
        + #""instances":1,"executions":0,"complete":false,"completeEarlier":false,"gaps":{"started-before":1},"#
        + #""recent":[{"id":"4f0c4f0c4f0c4","complete":false}],"syscalls":["#
        + #"{"arch":"x86_64","number":1,"name":"read","action":"log","by":"program","records":10,"instances":1,"first":1001,"last":1100},"#
        + #"{"arch":"x86_64","number":0,"name":"write","action":"log","by":"program","records":10,"instances":1,"first":1000,"last":1100},"#
        + #"{"arch":"x86_64","number":9999,"by":"runc","records":1,"instances":1,"first":7,"last":8}]}"#
        + "\n")
    #expect(try reread(recording) == recording)
  }

  @Test("What the runtime reported is part of the text; of two recordings the later labels and profile hold")
  func description() throws {
    var first = Recording.fixture(["read"])
    first.labels = ["b": "\n", "a": "1"]
    first.noNewPrivileges = [true]
    first.profile = Recording.Profile(defaultAction: "SCMP_ACT_LOG", allowed: ["close", "futex"])
    first.add(runtime: "containerd 1.7.27")
    #expect(
      first.line.contains(
        #""labels":{"a":"1","b":"\n"},"runtimes":["containerd 1.7.27"],"noNewPrivileges":[true],"#
          + #""profile":{"defaultAction":"SCMP_ACT_LOG","allowed":["close","futex"]},"since""#))
    #expect(try reread(first) == first)
    var second = Recording.fixture(["write"], node: "n2", since: 9000)
    second.labels = ["a": "2"]
    second.noNewPrivileges = [false]
    second.profile = Recording.Profile(defaultAction: "SCMP_ACT_LOG", allowed: [])
    second.add(runtime: "containerd 2.1.0")
    for (one, other) in [(first, second), (second, first)] {
      var merged = one
      merged.merge(other)
      #expect(merged.labels == second.labels && merged.profile == second.profile)
      #expect(merged.noNewPrivileges == [true, false] && Set(merged.runtimes).count == 2)
      #expect(try reread(merged) == merged)
    }
    // Nothing of it is required.
    var third = Recording.fixture(["write"], node: "n3", since: 99_000)
    third.merge(first)
    #expect(third.labels == first.labels && third.profile == first.profile)
  }

  @Test("A recording of several nodes has what each of them has")
  func merging() throws {
    var merged = Recording.fixture(["read", "write"])
    merged.merge(
      .fixture(["read", "close"], node: "n2", since: 500, isComplete: false, gaps: [.unresolved: 3]))
    #expect(merged.nodes == ["n1", "n2"] && merged.instances == 2 && merged.since == 500)
    #expect(Set(merged.calls.keys.map(\.name)) == ["read", "write", "close"])
    let read = try #require(merged.calls.first { $0.key.name == "read" }).value
    #expect(read == Recording.Tally(records: 20, instances: 2, first: 500, last: 1100))
    // One complete instance is enough.
    #expect(merged.isComplete && merged.gapTexts.isEmpty)
    #expect(try reread(merged) == merged)
  }

  @Test("A later state of a recording replaces an earlier one, in any order")
  func states() throws {
    let early = Recording.fixture(["read"])
    var late = Recording.fixture(["read", "write"])
    late.until = 9000
    for states in [[early, late], [late, early], [late, late, early]] {
      var collection = RecordingCollection()
      for state in states { try collection.add(state) }
      #expect(collection.all == [late] && collection.merged == [late])
    }
  }

  @Test(
    "Calls beyond the limit are counted with others, and make the recording incomplete once no instance is complete"
  )
  func limit() throws {
    var recording = Recording.fixture([], isComplete: false)
    for number in 0..<100_000 {
      recording.add(
        Recording.Tally(records: 1),
        of: Recording.Call(arch: "x86_64", number: Int64(number), name: "", action: .log, caller: .program))
    }
    #expect(recording.calls.count == Recording.Limit.calls)
    #expect(recording.others == 100_000 - UInt64(Recording.Limit.calls))
    #expect(recording.gapTexts == ["99616 records of more calls than a recording has"])
    // A file is small, however long names and numbers are.
    #expect(recording.line.utf8.count < 64 << 10)
    #expect(try reread(recording) == recording)
  }

  @Test("The oldest instances are forgotten, but not that one of them was complete")
  func instances() {
    var recording = Recording.fixture([])
    for index in 0..<100 { recording.add(Recording.Instance(id: "\(index)", isComplete: false)) }
    #expect(recording.instances == 101 && recording.recent.count == Recording.Limit.instances)
    #expect(recording.isComplete)
    for image in 0..<20 { recording.add(image: "web:\(image)") }
    #expect(recording.images.count == Recording.Limit.images && recording.images.last == "web:19")
  }

  @Test(
    "Names that Kubernetes does not allow are no recording's",
    arguments: [
      "", ".", "..", "a/b", "a\n", "A", "-a", "a-", "../a", "a\u{0}", String(repeating: "a", count: 64),
    ])
  func names(_ name: String) {
    #expect(RecordingSubject(namespace: name, workload: "web", container: "app") == nil)
    #expect(RecordingSubject(namespace: "prod", workload: "web", container: name) == nil)
  }

  @Test("What a recording cannot have is an error that says why")
  func invalid() throws {
    let line = Recording.fixture(["read"]).line
    for (old, new, reason) in [
      (#""version":1"#, #""version":2"#, "it is of version 2, and this program reads version 1"),
      (#""kind":"audit-enricher.recording""#, #""kind":"x""#, "its 'kind' is not audit-enricher.recording"),
      (#""container":"app""#, #""container":"..""#, "it has a name that Kubernetes does not allow"),
      (#""since":1000"#, #""since":-1"#, "'since' has to be a time since 1970"),
      (
        #""since":1000"#, #""since":"1""#,
        "'since' has to be a whole number from \(Int64.min) to \(Int64.max)"
      ),
      (
        #""complete":true,"completeE"#, #""complete":false,"completeE"#,
        "'complete' contradicts its instances"
      ),
      (#""gaps":{}"#, #""gaps":{"A":1}"#, "'gaps' has an invalid key"),
      (#""by":"program""#, #""by":"me""#, "'by' has to be program, runc or crun"),
      (#""recent":["#, #""more":["#, "it has no 'recent'"),
      (
        #""name":"read""#, #""name":"\#(String(repeating: "x", count: 2000))""#,
        "'name' has to be a string of at most 1024 bytes"
      ),
    ] {
      let text = line.replacing(old, with: new)
      #expect(text != line)
      #expect(throws: InvalidRecording(reason: reason)) { try Recording(json: Array(text.utf8).span) }
    }
    // Keys of later versions do no harm.
    let later = line.replacing(#""version":1"#, with: #""version":1,"new":[1]"#)
    #expect(try Recording(json: Array(later.utf8).span) == .fixture(["read"]))
  }

  @Test("No cut-off text is a recording")
  func truncation() {
    let bytes = Array(Recording.fixture(["read"]).line.utf8.dropLast())
    for count in 0..<bytes.count {
      #expect(throws: InvalidRecording.self) { try Recording(json: Array(bytes[..<count]).span) }
    }
  }
}
