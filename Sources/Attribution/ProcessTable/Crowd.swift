/// Processes of an owner that has more of them than fit into the table: a bit for each process ID, 512 KiB at most.
///
/// All that is remembered of them is that they run, and so whose their records and their children are.
struct Crowd: Sendable {
  let owner: OwnerNumber
  /// Their threads but for the first ones; nil if nobody counted from the start.
  let others: Int32?
  /// Each of them began before that, and ends after it. Nanoseconds of the monotonic clock.
  private(set) var since: Int64 = .min
  private var words: [UInt64] = []
  private(set) var count = 0

  init(owner: OwnerNumber, others: Int32?) {
    self.owner = owner
    self.others = others
  }

  mutating func insert(_ pid: Int32, at time: Int64) {
    let (word, bit) = Self.position(of: pid)
    if word >= words.count { words += Array(repeating: 0, count: word + 1 - words.count) }
    guard words[word] & bit == 0 else { return }
    words[word] |= bit
    count += 1
    since = max(since, time)
  }

  /// Whether it was one of them.
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
