import Cgroups

extension KernelModel {
  struct Process {
    let number: Int
    /// Whose it is: by its cgroup, or of the container that it was made in.
    var owner: ProcessOwner
    /// It has left its container's cgroup for the host's.
    var hasLeft = false
    /// Its PID namespace: 0 is the host's.
    var namespace = 0
    /// It has got another parent than the one that made it.
    var isOrphan = false
    /// Somebody has looked at it since.
    var isSeenAsOrphan = false
    var parent: Int32
    var began: Int64
    /// It told its end. Its other threads may go on.
    var hasExited = false
    /// It has been told, too: its parent may ask for it.
    var isOver = false
    /// They do go on.
    var lingers = false
    /// It starts containers, or comes from one that does: it may be moved into one.
    var isStarter = false
    var hasMade = false
    /// When it last executed a program.
    var executed: Int64 = .min
    /// How far below the starter it is.
    var depth = 0
    var isOnHost: Bool { if case .host = owner { true } else { false } }
  }

  /// Those that run, or wait for their parents to ask for their ends, in the order of their PIDs.
  struct Processes {
    /// By PID: there are few of them.
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
