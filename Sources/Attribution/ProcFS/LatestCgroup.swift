internal import Cgroups
internal import Synchronization

/// Remembers what the last /proc/PID/cgroup file said: the same process, or one of the same unit, is often read next. Shared by all
/// copies of a `ProcFS`.
final class LatestCgroup: Sendable {
  private let latest = Mutex<(text: String, owner: ProcessOwner?)>(("", nil))

  func owner(inFile text: String) -> ProcessOwner? {
    latest.withLock { latest in
      // Byte by byte: texts that are equal as Unicode may name two containers.
      if !latest.text.utf8.elementsEqual(text.utf8) { latest = (text, CgroupPath.owner(inFile: text)) }
      return latest.owner
    }
  }
}
