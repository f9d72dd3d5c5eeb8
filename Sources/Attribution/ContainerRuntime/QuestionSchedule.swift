/// When to ask the runtime for its containers: one schedule for all missing IDs, because one answer covers all of them.
///
/// A new ID causes a request soon. If such requests find nothing, for example because a process forges IDs, they become rarer,
/// up to the longest time that a container's records can wait.
struct QuestionSchedule: Sendable {
  /// When the next request is due; nil if nothing is missing.
  private(set) var next: Int64?
  private var last: Int64 = .min / 2
  /// The pause between the next request and the one after it.
  private var pause: Int64
  /// The minimum pause after a request before a new ID may cause another one.
  private var newPause: Int64
  private var lastNew: Int64 = .min / 2
  /// Whether a new ID was added since the last answer.
  private var hasNew = false
  private let first: Int64
  private let longestForNew: Int64
  private let longest: Int64

  /// The pauses are in milliseconds. They double from `first` to `longest`, or to `longestForNew` before a request for new IDs.
  init(first: Int64, longestForNew: Int64, longest: Int64) {
    (self.first, self.longestForNew, self.longest) = (first, longestForNew, longest)
    (pause, newPause) = (first, first)
  }

  /// Notes that a new ID is missing.
  mutating func addNew(at now: Int64) {
    if now - lastNew >= longest { newPause = first }
    lastNew = now
    hasNew = true
    pause = min(pause, newPause)
    next = min(next ?? .max, max(now, last + newPause))
  }

  /// Whether to ask now. If so, the runtime counts as asked.
  mutating func shouldAsk(at now: Int64) -> Bool {
    guard let next, next <= now else { return false }
    last = now
    self.next = now + pause
    pause = min(pause * 2, longest)
    return true
  }

  /// Notes an answer or a failure. `hasNamed`: whether a missing ID has become known; `isMissing`: whether IDs are still missing.
  mutating func answered(hasNamed: Bool, isMissing: Bool) {
    if hasNamed {
      newPause = first
    } else if hasNew {
      newPause = min(newPause * 2, longestForNew)
    }
    hasNew = false
    if !isMissing { next = nil }
  }

  /// Starts again for another runtime: it is asked at once if IDs are missing.
  mutating func restart(isMissing: Bool) {
    (pause, newPause) = (first, first)
    next = isMissing ? .min : nil
  }
}
