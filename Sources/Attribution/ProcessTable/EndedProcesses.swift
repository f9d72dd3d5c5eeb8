/// A queue of processes that ended, each named by its PID and a number of its own.
///
/// It may be running again: whoever takes one out looks.
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
      // As many as are left are moved down: on average each is once.
      if first > entries.count / 2 {
        entries.removeSubrange(..<first)
        first = 0
      }
    }
    return entries[first]
  }
}
