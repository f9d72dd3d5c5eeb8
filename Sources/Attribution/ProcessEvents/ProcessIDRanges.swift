/// Ranges of process IDs that cover some IDs, and others where there would be too many ranges.
package struct ProcessIDRanges: Equatable, Sendable {
  /// The first ID of each range and the one behind its last, in ascending order.
  package private(set) var bounds: [UInt32] = []

  /// As many ranges as a socket's filter has room for.
  package static let maxCount = 256

  /// Covers all IDs that there can be.
  // See: PID_MAX_LIMIT in include/linux/threads.h
  static let all: ProcessIDRanges = {
    var ranges = ProcessIDRanges()
    ranges.bounds = [1, 1 << 22 + 1]
    return ranges
  }()

  /// Covers nothing.
  init() {}

  /// Covers these IDs. Those that are closest to each other share a range where there are too many.
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
