/// Ranges that cover given process IDs, and also other IDs if there would be too many ranges.
package struct ProcessIDRanges: Equatable, Sendable {
  /// The first ID of each range and the ID after its last, in ascending order.
  package private(set) var bounds: [UInt32] = []

  /// The maximum number of ranges in a socket's filter.
  package static let maxCount = 256

  /// Covers all possible IDs.
  // See: PID_MAX_LIMIT in include/linux/threads.h
  static let all: ProcessIDRanges = {
    var ranges = ProcessIDRanges()
    ranges.bounds = [1, 1 << 22 + 1]
    return ranges
  }()

  /// Covers nothing.
  init() {}

  /// Covers these IDs. If there are too many ranges, the IDs that are closest to each other share one.
  package init(of pids: some Sequence<Int32>, maxCount: Int = maxCount) {
    let sorted = Set(pids).filter { $0 > 0 }.sorted()
    // The widest gaps separate ranges.
    let gaps = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > 1 }.sorted(by: >)
    let narrowest = gaps.count < maxCount ? 1 : gaps[maxCount - 1]
    for pid in sorted {
      let id = UInt32(pid)
      if let end = bounds.last, id - (end - 1) <= narrowest {
        bounds[bounds.count - 1] = id + 1
      } else {
        bounds += [id, id + 1]
      }
    }
  }
}
