package import AuditRecord
package import Cgroups
package import ContainerRuntime
internal import LinuxSystem
package import ProcFS

/// A node's containers and processes at one time, so that its log can be enriched elsewhere.
///
///     {"version":1,"node":"worker-1","time":1795983973180,
///      "containers":[{"id":"<64 hex>","name":"redis","namespace":"scp-ns","pod":"scp-test-pod","podUID":"..."}],
///      "processes":[{"pid":3723190,"start":1795983901230,"container":"<64 hex>"},
///                   {"pid":812,"start":1795980000010,"unit":"sshd.service"},
///                   {"pid":915,"start":1795980000510,"containerID":"c1","runtime":"lxc"}]}
///
/// Times are milliseconds since 1970. Snapshots of earlier versions of the program have none.
package struct NodeSnapshot: Sendable {
  /// A process that ran at the snapshot's time.
  package struct Process: Hashable, Sendable {
    package var owner: ProcessOwner
    /// When it began, in milliseconds since 1970: up to 10 ms before. nil if the snapshot has no times.
    package var start: Int64?

    package init(_ owner: ProcessOwner, start: Int64?) {
      self.owner = owner
      self.start = start
    }

    /// Whether it had begun when a record was made.
    package func mayHaveMade(_ stamp: AuditStamp) -> Bool {
      // Stamps are as old as the last tick of the kernel's clock, which is every 10 ms at the slowest.
      start.map { stamp.epochMilliseconds + 10 >= $0 } ?? true
    }
  }

  /// Whose records these processes may have made.
  package var node: String
  /// All processes ran at this time, in milliseconds since 1970. nil if the snapshot has no times.
  package var time: Int64?
  package var containers: [ContainerIdentity]
  package var processes: [Int32: Process]

  package init(node: String, time: Int64?, containers: [ContainerIdentity], processes: [Int32: Process]) {
    self.node = node
    self.time = time
    self.containers = containers
    self.processes = processes
  }

  /// Reads all processes of this machine.
  package init(node: String, containers: [ContainerIdentity], procFS: ProcFS) {
    // Before the first is read, so that none had ended by then.
    let now = KernelClock.real
    self.init(node: node, time: now / 1_000_000, containers: containers, processes: [:])
    let offset = KernelClock.realOffset
    for pid in procFS.processes() {
      let reading = procFS.reading(of: pid, withStart: true)
      guard let owner = reading.owner, let began = reading.began else { continue }
      processes[pid] = Process(owner, start: (began &+ offset) / 1_000_000)
    }
  }

  /// Until when a process of the snapshot is taken to have run, in milliseconds since 1970. A process that ended later
  /// has left its ID to no other within a second: IDs are given out in turn.
  var knownUntil: Int64 {
    guard let time, time < .max - 1000 else { return .max }
    return time + 1000
  }
}
