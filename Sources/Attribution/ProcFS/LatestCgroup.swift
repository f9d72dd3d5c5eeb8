internal import Cgroups
internal import Synchronization

/// Caches the result for the last /proc/PID/cgroup file, because the next file is often of the same process or unit. All copies
/// of a `ProcFS` share the cache.
final class LatestCgroup: Sendable {
  private let latest = Mutex<(text: String, owner: ProcessOwner?)>(("", nil))

  func owner(inFile text: String) -> ProcessOwner? {
    latest.withLock { latest in
      // The texts are compared by bytes: texts that are equal as Unicode may name two containers.
      if !latest.text.utf8.elementsEqual(text.utf8) { latest = (text, CgroupPath.owner(inFile: text)) }
      return latest.owner
    }
  }
}
