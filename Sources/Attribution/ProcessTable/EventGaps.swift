/// The times of which events are missing: before the first one, and where some were lost.
struct EventGaps: Sendable {
  /// In their order; the last one may last still.
  private var spans: [ClosedRange<Int64>] = [.min ... .max]
  /// The oldest grow together where there would be more.
  private static let maxCount = 16

  /// The end of the last one; `.max` while it lasts.
  var end: Int64 { spans.last?.upperBound ?? .min }

  /// From then on events are missing.
  mutating func begin(at time: Int64) {
    if let last = spans.last, last.upperBound >= time {
      spans[spans.count - 1] = min(last.lowerBound, time) ... .max
    } else {
      spans.append(time ... .max)
    }
    if spans.count > Self.maxCount {
      spans.replaceSubrange(0...1, with: [spans[0].lowerBound...spans[1].upperBound])
    }
  }

  /// From then on none is.
  mutating func end(at time: Int64) {
    guard let last = spans.popLast() else { return }
    spans.append(last.lowerBound...max(last.lowerBound, min(last.upperBound, time)))
  }

  /// Whether any falls into that time.
  func touch(from first: Int64, to last: Int64) -> Bool {
    first < last && spans.contains { first <= $0.upperBound && last >= $0.lowerBound }
  }
}
