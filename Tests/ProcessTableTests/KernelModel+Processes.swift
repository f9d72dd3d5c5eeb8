import Cgroups

extension KernelModel {
  struct Process {
    let number: Int
    /// The owner: by its cgroup, or the container in which it was created.
    var owner: ProcessOwner
    /// Whether it has left its container's cgroup for the host's.
    var hasLeft = false
    /// Its PID namespace: 0 is the host's.
    var namespace = 0
    /// Whether its parent is another process than the one that created it.
    var isOrphan = false
    /// Whether it has been read since.
    var isSeenAsOrphan = false
    var parent: Int32
    var began: Int64
    /// Whether its exit was reported. Its other threads may still run.
    var hasExited = false
    /// Whether its parent can reap it.
    var isOver = false
    /// Whether its other threads run after its exit.
    var lingers = false
    /// Whether it starts containers, or descends from a process that does: it may be moved into a container.
    var isStarter = false
    var hasMade = false
    /// When it last executed a program.
    var executed: Int64 = .min
    /// How many generations it is below the starter.
    var depth = 0
    var isOnHost: Bool { if case .host = owner { true } else { false } }
  }

  /// Processes that run or wait to be reaped, in the order of their PIDs.
  struct Processes {
    /// Indexed by PID, of which there are few.
    private var slots: [Process?] = []

    subscript(pid: Int32) -> Process? {
      _read { if slots.indices.contains(Int(pid)) { yield slots[Int(pid)] } else { yield nil } }
      _modify {
        if slots.count <= Int(pid) {
          slots += Array(repeating: nil, count: Int(pid) + 1 - slots.count)
        }
        yield &slots[Int(pid)]
      }
    }

    func contains(_ pid: Int32) -> Bool { slots.indices.contains(Int(pid)) && slots[Int(pid)] != nil }

    func pids(where isFit: (Int32, Process) -> Bool) -> [Int32] {
      var pids: [Int32] = []
      pids.reserveCapacity(slots.count)
      for index in slots.indices {
        if let process = slots[index], isFit(Int32(index), process) { pids.append(Int32(index)) }
      }
      return pids
    }

    func contains(where isFit: (Process) -> Bool) -> Bool {
      slots.contains { $0.map(isFit) ?? false }
    }
  }
}
