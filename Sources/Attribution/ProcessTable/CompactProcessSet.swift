internal import Cgroups

/// Running processes of one owner that has more of them than fit into the table: one bit for each process ID, at most 512 KiB.
///
/// Only that they run is remembered. It determines the owner of their records and of their children.
struct CompactProcessSet: Sendable {
  let owner: OwnerNumber
  /// The number of threads that each of them has besides the first one; nil if the threads were not counted from the start.
  let otherThreads: Int32?
  /// All of them began before this time and end after it, in nanoseconds of the monotonic clock.
  private(set) var since: Int64 = .min
  private var words: [UInt64] = []
  private(set) var count = 0

  init(owner: OwnerNumber, otherThreads: Int32?) {
    self.owner = owner
    self.otherThreads = otherThreads
  }

  mutating func insert(_ pid: Int32, at time: Int64) {
    let (word, bit) = Self.position(of: pid)
    if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
    guard words[word] & bit == 0 else { return }
    words[word] |= bit
    count += 1
    since = max(since, time)
  }

  /// Returns whether the process was in the set.
  mutating func remove(_ pid: Int32) -> Bool {
    guard ProcessID.isPossible(pid) else { return false }
    let (word, bit) = Self.position(of: pid)
    guard word < words.count, words[word] & bit != 0 else { return false }
    words[word] &= ~bit
    count -= 1
    return true
  }

  private static func position(of pid: Int32) -> (word: Int, bit: UInt64) {
    (Int(pid) / UInt64.bitWidth, 1 << UInt64(Int(pid) % UInt64.bitWidth))
  }
}
