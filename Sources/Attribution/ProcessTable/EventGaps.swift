/// The time spans in which events may be missing: before the first event, and wherever events were lost.
package struct EventGaps: Sendable {
  /// In chronological order. The last span may not have ended yet.
  private var spans: [ClosedRange<Int64>] = [.min ... .max]
  /// If there would be more, the two oldest spans are merged.
  private static let maxCount = 16

  package init() {}

  /// The end of the last span; `.max` while it lasts.
  package var end: Int64 { spans.last?.upperBound ?? .min }

  /// Begins a span: from `time` on, events are missing.
  package mutating func begin(at time: Int64) {
    if let last = spans.last, last.upperBound >= time {
      spans[spans.count - 1] = min(last.lowerBound, time) ... .max
    } else {
      spans.append(time ... .max)
    }
    if spans.count > Self.maxCount {
      spans.replaceSubrange(0...1, with: [spans[0].lowerBound...spans[1].upperBound])
    }
  }

  /// Ends the last span: from `time` on, no event is missing.
  package mutating func end(at time: Int64) {
    guard let last = spans.popLast() else { return }
    spans.append(last.lowerBound...max(last.lowerBound, min(last.upperBound, time)))
  }

  /// Whether any span overlaps the time from `first` to `last`.
  package func touch(from first: Int64, to last: Int64) -> Bool {
    first < last && spans.contains { first <= $0.upperBound && last >= $0.lowerBound }
  }
}
