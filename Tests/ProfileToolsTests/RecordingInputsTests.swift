import ObservedSyscalls
import ProfileTools
import SeccompProfiles
import TestSupport
import Testing

/// Recordings among the inputs.
@Suite struct RecordingInputsTests {
  private func recording(
    _ names: [String], node: String = "n1", until: Int = 2000, isComplete: Bool = true, gaps: String = "",
    by caller: String = "program", more: String = ""
  ) -> String {
    let calls = names.map { name in
      #"{"arch":"x86_64","number":1,"name":"\#(name)","action":"log","by":"\#(caller)","records":10,"instances":2,"first":1764449409000,"last":1764449409500}"#
    }
    return
      #"{"kind":"audit-enricher.recording","version":1,"nodes":["\#(node)"],"namespace":"prod","workload":"web","container":"app","#
      + #""images":[],\#(more)"since":1000,"until":\#(until),"instances":3,"executions":0,"complete":\#(isComplete),"#
      + #""completeEarlier":\#(isComplete),"gaps":{\#(gaps)},"recent":[],"syscalls":[\#(calls.joined(separator: ","))]}"#
      + "\n"
  }

  private func containers(_ texts: [String], _ selection: Selection = Selection()) throws
    -> [RecordedContainer]
  {
    RecordedContainer.find(in: try readInputs(texts, selection).observations, by: .workload).containers
  }

  @Test("Recordings of several nodes are one container's; lines of its pods are added")
  func nodes() throws {
    let found = try containers([
      recording(["read"]) + recording(["write"], node: "n2"), line("close", node: "n3", id: "c9"),
      recording(["read", "brk"], until: 3000),
    ])
    #expect(found.map(\.name) == ["prod/web/app"])
    #expect(found[0].seen.mapValues(\.count) == ["read": 2, "brk": 2, "write": 2, "close": 1])
    #expect(found[0].extent == "7 instances on 3 nodes" && found[0].gaps.isEmpty)
  }

  @Test("What a recording lacks is reported with the profile; a complete one is called so")
  func completeness() throws {
    let gap = try containers([
      recording(["read"], isComplete: false, gaps: #""socket":69,"started-before":1"#)
    ])
    #expect(gap[0].gaps == ["69 records lost (socket)", "1 instance started before the recording"])
    let whole = try containers([recording(["read"])])
    #expect(ProfileMaker().make(whole[0]).report.contains("3 instances on 1 node, complete"))
  }

  @Test("Losses that lines report are not those of recordings")
  func losses() throws {
    #expect(try containers([recording(["read"]), lossLine])[0].gaps.isEmpty)
    #expect(try !containers([recording(["read"]), lossLine, line("close")])[0].gaps.isEmpty)
  }

  @Test("Recordings are selected by namespace, workload and container")
  func selection() throws {
    let text = [recording(["read"])]
    #expect(try containers(text, Selection(namespace: "prod", pod: "we*", container: "app")).count == 1)
    #expect(try containers(text, Selection(pod: "web-*")).isEmpty)
    #expect(try containers(text, Selection(namespace: "stage")).isEmpty)
  }

  @Test("Labels select recordings, and no lines")
  func labels() throws {
    var selection = Selection()
    selection.labels = ["team": "a"]
    let texts = [
      recording(["read"], more: #""labels":{"team":"a","x":"y"},"#),
      recording(["write"], node: "n2", more: #""labels":{"team":"b"},"#), recording(["brk"], node: "n3"),
      line("close"),
    ]
    #expect(try containers(texts, selection).flatMap(\.seen.keys) == ["read"])
    let inputs = try readInputs(texts, selection)
    #expect(
      inputs.remarks == ["lines were not read, because only recordings have the labels that --label is about"]
    )
  }

  @Test("What the profile of a recording allowed and did not log is part of the base, or makes it incomplete")
  func unlogged() throws {
    func made(_ allowed: [String], by caller: String, _ base: ProfileMaker.Base = .auto) throws
      -> ProfileMaker.Made
    {
      let names = allowed.map { "\"\($0)\"" }.joined(separator: ",")
      let text = recording(
        ["read", "execve"], by: caller,
        more: #""profile":{"defaultAction":"SCMP_ACT_LOG","allowed":[\#(names)]},"noNewPrivileges":[true],"#)
      var maker = ProfileMaker()
      maker.base = base
      return maker.make(try containers([text])[0])
    }
    let runc = RuntimeBase.runc.syscalls.union(["sigreturn", "exit"])
    #expect(try made(runc.sorted(), by: "runc").bases == [.runc])
    // Under crun, the program's own calls may be among them.
    let crun = try made(runc.sorted(), by: "crun")
    #expect(crun.bases == [.runc, .crun] && crun.container.gaps.isEmpty && crun.container.doubt == nil)
    let other = try made(["socket", "futex", "bind"], by: "runc")
    #expect(other.bases == [.runc])
    #expect(
      other.report.contains(
        "INCOMPLETE: 2 syscalls allowed and not logged by the profile that it had (see --base FILE)"))
    #expect(other.container.doubt != nil)
    let bare = try made([], by: "runc", .runtimes([]))
    #expect(
      bare.report.contains("recorded with no_new_privs: without that, the runtime needs more (see --base)"))
    #expect(try !made([], by: "runc").report.contains("no_new_privs"))
  }

  @Test("A recording that is damaged is an error with its file")
  func damaged() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write(
        recording(["read"]).replacing("\"version\":1", with: "\"version\":9"), to: "r")
      #expect(
        throws: InvalidProfile(
          file: path, reason: "this is no recording: it is of version 9, and this program reads version 1")
      ) { try ProfileInputs([path]) }
    }
  }
}
