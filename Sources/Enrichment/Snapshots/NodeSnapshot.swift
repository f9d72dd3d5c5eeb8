package import AuditRecord
package import Cgroups
package import ContainerRuntime
internal import LinuxSystem
package import ProcFS
internal import ProcessTable

/// A node's containers and processes at one time, with which its log can be enriched on another machine.
///
///     {"version":1,"node":"worker-1","time":1795983973180,
///      "containers":[{"id":"<64 hex>","name":"redis","namespace":"scp-ns","pod":"scp-test-pod","podUID":"..."}],
///      "processes":[{"pid":3723190,"start":1795983901230,"container":"<64 hex>"},
///                   {"pid":812,"start":1795980000010,"unit":"sshd.service"},
///                   {"pid":915,"start":1795980000510,"containerID":"c1","runtime":"lxc"}]}
///
/// Times are milliseconds since 1970. Snapshots of earlier program versions have no times.
package struct NodeSnapshot: Sendable {
  /// A process that was running at the snapshot's time.
  package struct Process: Hashable, Sendable {
    package var owner: ProcessOwner
    /// The start time in milliseconds since 1970, up to 10 ms too early. nil if the snapshot has no times.
    package var start: Int64?

    package init(_ owner: ProcessOwner, start: Int64?) {
      self.owner = owner
      self.start = start
    }

    /// Whether the process had started by the time of a record.
    package func mayHaveMade(_ stamp: AuditStamp) -> Bool {
      // A record's stamp may be older than the record by one tick of the kernel's clock, which is at most 10 ms.
      start.map { stamp.epochMilliseconds + 10 >= $0 } ?? true
    }
  }

  /// The node on which these processes ran.
  package var node: String
  /// The time at which all processes were running, in milliseconds since 1970. nil if the snapshot has no times.
  package var time: Int64?
  package var containers: [ContainerIdentity]
  package var processes: [Int32: Process]

  package init(node: String, time: Int64?, containers: [ContainerIdentity], processes: [Int32: Process]) {
    self.node = node
    self.time = time
    self.containers = containers
    self.processes = processes
  }

  /// Reads all processes of this machine. Their ancestors are asked for their owners, too: a process that a container created belongs to
  /// that container, whatever its cgroup is now. Processes whose owner cannot be known are left out.
  package init(node: String, containers: [ContainerIdentity], procFS: ProcFS) {
    // The clock is read first, so that every process that is read was still running at this time.
    let now = KernelClock.real
    self.init(node: node, time: now / 1_000_000, containers: containers, processes: [:])
    let offset = KernelClock.realOffset
    let since = KernelClock.monotonic
    var table = ProcessTable(hasEventStream: true, since: since)
    var readings: [(pid: Int32, began: Int64, read: Int64)] = []
    for pid in procFS.processes() {
      let reading = procFS.reading(of: pid, scope: .everything)
      table.apply(reading, of: pid)
      guard reading.owner != nil, let began = reading.began else { continue }
      readings.append((pid, began, reading.asked.lowerBound))
    }
    table.endScan(since: since, by: KernelClock.monotonic)
    for (pid, began, read) in readings {
      guard let owner = table.answer(pid, made: read...read).owner else { continue }
      processes[pid] = Process(owner, start: (began &+ offset) / 1_000_000)
    }
  }

  /// The time until which the IDs of the snapshot's processes have not been reused, in milliseconds since 1970. The kernel assigns IDs in
  /// sequence, so it does not reuse one within a second.
  package var knownUntil: Int64 {
    guard let time, time < .max - 1000 else { return .max }
    return time + 1000
  }
}
