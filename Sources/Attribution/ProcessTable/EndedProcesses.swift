/// A queue of processes that have ended, each identified by its PID and its own number.
///
/// A process in the queue may be running again, so the caller checks each process that it removes.
struct EndedProcesses: Sendable {
  private var entries: [(pid: Int32, id: Int)] = []
  private var first = 0

  mutating func append(_ pid: Int32, _ id: Int) { entries.append((pid, id)) }

  var count: Int { entries.count - first }

  var next: (pid: Int32, id: Int)? { first < entries.count ? entries[first] : nil }

  mutating func popFirst() -> (pid: Int32, id: Int)? {
    guard first < entries.count else { return nil }
    defer {
      first += 1
      // At most as many entries are moved as were removed, so on average each entry is moved once.
      if first > entries.count / 2 {
        entries.removeSubrange(..<first)
        first = 0
      }
    }
    return entries[first]
  }
}
