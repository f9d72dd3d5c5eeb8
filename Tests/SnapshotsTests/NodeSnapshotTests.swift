import Cgroups
import ContainerRuntime
import Enrichment
import ProcFS
import Snapshots
import TestSupport
import Testing

@Suite struct NodeSnapshotTests {
  static let id = String(repeating: "4f0c", count: 16)

  static let text = """
    {"containers":[{"id":"\(id)","name":"redis","namespace":"scp-ns","pod":"scp-test-pod","podUID":"6c5f"}],\
    "node":"worker-1","processes":[{"pid":1,"start":1000},{"pid":812,"start":2000,"unit":"sshd.service"},\
    {"container":"\(id)","pid":3723190,"start":3000}],"time":4000,"version":1}
    """

  @Test("Reading a written snapshot gives the same snapshot, and writing that gives the same text")
  func roundTrip() throws {
    let snapshot = try NodeSnapshot(json: Self.text, name: "it")
    #expect(snapshot.node == "worker-1")
    let id = try #require(ContainerID(Self.id))
    #expect(
      snapshot.containers == [
        ContainerIdentity(
          id: id, namespace: "scp-ns", pod: "scp-test-pod", container: "redis", podUID: "6c5f")
      ])
    #expect(snapshot.time == 4000)
    #expect(
      snapshot.processes == [
        1: .init(.host(unit: nil), start: 1000), 812: .init(.host(unit: "sshd.service"), start: 2000),
        3_723_190: .init(.container(id), start: 3000),
      ])
    #expect(snapshot.json() == Self.text)
  }

  @Test("Unknown keys are ignored, and a pod's UID may be missing")
  func unknownKeys() throws {
    let text = """
      {"version":1,"node":"n","more":{"a":[1]},"processes":[{"pid":7,"start":1,"unit":"a.service"}],
       "containers":[{"id":"\(Self.id)","name":"a","namespace":"b","pod":"c","image":"d"}]}
      """
    let snapshot = try NodeSnapshot(json: text, name: "it")
    #expect(snapshot.containers.map(\.podUID) == [""])
    // Snapshots of earlier versions have no time.
    #expect(snapshot.time == nil)
    #expect(snapshot.processes == [7: .init(.host(unit: "a.service"), start: nil)])
    #expect(try NodeSnapshot(json: snapshot.json(), name: "it").processes == snapshot.processes)
  }

  @Test("Containers of runtimes without CRI are preserved")
  func foreign() throws {
    let owners: [Int32: ProcessOwner] = [
      7: .foreign(ForeignContainer(.docker, Self.id)), 8: .foreign(ForeignContainer(.nspawn, "box\"")),
    ]
    let processes = owners.mapValues { NodeSnapshot.Process($0, start: 100) }
    let text = NodeSnapshot(node: "n", time: 200, containers: [], processes: processes).json()
    #expect(text.contains(#"{"containerID":"\#(Self.id)","pid":7,"runtime":"docker","start":100}"#))
    #expect(try NodeSnapshot(json: text, name: "it").processes == processes)
  }

  @Test(
    "A text that is not a snapshot is an error with a reason",
    arguments: [
      (
        #"{"version":1,"node":"n","containers":[],"processes":[{"pid":1,"containerID":"x","runtime":"y"}]}"#,
        "'y' is not a container runtime"
      ),
      ("", "it is not JSON"), ("hello", "it is not JSON"), ("[]", "wrong type"), ("{}", "it has no '"),
      (#"{"version":1,"node":"n","containers":[]}"#, "it has no 'processes'"),
      (#"{"version":2,"node":"n","containers":[],"processes":[]}"#, "version 2"),
      (#"{"version":1,"node":"n","time":1,"containers":[],"processes":[{"pid":1}]}"#, "has no 'start'"),
      (#"{"version":1,"node":7,"containers":[],"processes":[]}"#, "'node' has the wrong type"),
      (#"{"version":1,"node":"n","containers":[],"processes":[{"pid":"x"}]}"#, "wrong type"),
      (#"{"version":1,"node":"n","containers":[],"processes":[{"pid":1,"container":"short"}]}"#, "'short'"),
      (
        #"{"version":1,"node":"n","containers":[{"id":"x","name":"","namespace":"","pod":""}],"processes":[]}"#,
        "'x' is not a container ID"
      ),
    ])
  func invalid(text: String, why: String) {
    let error = #expect(throws: NodeSnapshot.Invalid.self) { try NodeSnapshot(json: text, name: "it") }
    #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix("it is ") == true)
  }

  @Test("A file that is not readable is an error that names the file")
  func missing() {
    let error = #expect(throws: NodeSnapshot.Invalid.self) { try NodeSnapshot(path: "/nonexistent/a.json") }
    #expect(
      error?.description.hasPrefix("cannot read the snapshot /nonexistent/a.json: no such file") == true)
  }

  @Test("A node's processes are those in its /proc")
  func ofNode() throws {
    try TemporaryDirectory.use { directory in
      try directory.addProcess(7, cgroup: "0::/k8s.io/\(Self.id)\n")
      try directory.addProcess(8, cgroup: "0::/system.slice/sshd.service\n")
      try directory.write("0::/x\n", to: "proc/self/cgroup")
      let before = ClockReading.now.epochMilliseconds
      let snapshot = NodeSnapshot(node: "n", containers: [], procFS: ProcFS(root: "\(directory.path)/proc"))
      let after = ClockReading.now.epochMilliseconds
      let id = try #require(ContainerID(Self.id))
      #expect(
        snapshot.processes.mapValues(\.owner) == [7: .container(id), 8: .host(unit: "sshd.service")])
      #expect((before...after).contains(try #require(snapshot.time)))
      // Both processes began 10 ms after boot.
      let boot = ClockReading.now.epochMilliseconds - ClockReading.now.sinceBoot
      for process in snapshot.processes.values {
        #expect(abs(try #require(process.start) - boot - 10) <= 100)
      }
    }
  }

  @Test("A child that a container moved into another cgroup belongs to the container that created it")
  func moved() throws {
    try TemporaryDirectory.use { directory in
      let other = String(repeating: "d", count: 64)
      try directory.addProcess(7, cgroup: "0::/k8s.io/\(Self.id)\n")
      try directory.addProcess(8, cgroup: "0::/k8s.io/\(other)\n", parent: 7)
      try directory.addProcess(9, cgroup: "0::/\n", parent: 7)
      try directory.write("0::/x\n", to: "proc/self/cgroup")
      let snapshot = NodeSnapshot(node: "n", containers: [], procFS: ProcFS(root: "\(directory.path)/proc"))
      let id = try #require(ContainerID(Self.id))
      #expect(
        snapshot.processes.mapValues(\.owner) == [7: .container(id), 8: .container(id), 9: .container(id)])
    }
  }
}
