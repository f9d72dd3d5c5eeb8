internal import Glibc
internal import Synchronization

/// The files of processes that are read again and again, such as the parents of short-lived processes: while they are kept open, a reading
/// takes two system calls instead of eight.
///
/// An open file of /proc belongs to its process for its lifetime: after the end of that process it cannot be read, even if another process has the
/// PID. All copies of a `ProcFS` share the files, of which there are few at a time.
final class KeptFiles: Sendable {
  private struct Slot {
    var pid: Int32 = 0
    /// -1 if the process has been read only once so far.
    var cgroup: Int32 = -1
    var stat: Int32 = -1

    mutating func close() {
      for file in [cgroup, stat] where file >= 0 { _ = Glibc.close(file) }
      self = Slot()
    }
  }

  private static let count = 8
  private let slots = Mutex([Slot](repeating: Slot(), count: count))

  deinit {
    slots.withLock { slots in for index in slots.indices { slots[index].close() } }
  }

  /// The texts of a process's cgroup and stat files; nil if they are not kept, or if the process has ended.
  func texts(of pid: Int32) -> (cgroup: String, stat: String)? {
    slots.withLock { slots in
      let index = Self.index(of: pid)
      guard slots[index].pid == pid, slots[index].cgroup >= 0 else { return nil }
      guard let cgroup = FileText.read(slots[index].cgroup), let stat = FileText.read(slots[index].stat)
      else {
        slots[index].close()
        return nil
      }
      return (cgroup, stat)
    }
  }

  /// Notes that a process was read. From the second time on, its files below `directory` are kept open.
  func noteReading(of pid: Int32, below directory: Int32) {
    slots.withLock { slots in
      let index = Self.index(of: pid)
      guard slots[index].pid == pid else {
        slots[index].close()
        return slots[index].pid = pid
      }
      guard slots[index].cgroup < 0 else { return }
      slots[index].cgroup = unsafe openat(directory, "cgroup", O_RDONLY | O_CLOEXEC)
      slots[index].stat = unsafe openat(directory, "stat", O_RDONLY | O_CLOEXEC)
      if slots[index].cgroup < 0 || slots[index].stat < 0 { slots[index].close() }
    }
  }

  private static func index(of pid: Int32) -> Int { Int(pid.magnitude) % count }
}
