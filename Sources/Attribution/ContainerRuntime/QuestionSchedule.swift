/// When to ask the runtime for its containers: one schedule for all IDs that are missing, since one answer is for all of them.
///
/// An ID that is seen for the first time is worth a question soon. Where such questions are in vain, for somebody makes IDs up, they
/// become rarer, up to the longest time that a container's records can wait for.
struct QuestionSchedule: Sendable {
  /// When the next question is due; nil if nothing is missing.
  private(set) var next: Int64?
  private var last: Int64 = .min / 2
  /// Until the question after the next one.
  private var pause: Int64
  /// At least so long after a question an ID that is new may cause one.
  private var newPause: Int64
  private var lastNew: Int64 = .min / 2
  /// Whether an ID has been seen for the first time since the last answer.
  private var hasNew = false
  private let first: Int64
  private let longestForNew: Int64
  private let longest: Int64

  /// Pauses in milliseconds: doubled from `first` to `longest`, and to `longestForNew` before a question for new IDs.
  init(first: Int64, longestForNew: Int64, longest: Int64) {
    (self.first, self.longestForNew, self.longest) = (first, longestForNew, longest)
    (pause, newPause) = (first, first)
  }

  /// An ID is missing that was not before.
  mutating func addNew(at now: Int64) {
    if now - lastNew >= longest { newPause = first }
    lastNew = now
    hasNew = true
    pause = min(pause, newPause)
    next = min(next ?? .max, max(now, last + newPause))
  }

  /// Whether to ask now. It then counts as asked.
  mutating func shouldAsk(at now: Int64) -> Bool {
    guard let next, next <= now else { return false }
    last = now
    self.next = now + pause
    pause = min(pause * 2, longest)
    return true
  }

  /// An answer came, or none does: whether an ID that was missing is known by it, and whether others still are missing.
  mutating func answered(hasNamed: Bool, isMissing: Bool) {
    if hasNamed {
      newPause = first
    } else if hasNew {
      newPause = min(newPause * 2, longestForNew)
    }
    hasNew = false
    if !isMissing { next = nil }
  }

  /// The runtime is another one: all that is missing is asked for at once.
  mutating func restart(isMissing: Bool) {
    (pause, newPause) = (first, first)
    next = isMissing ? .min : nil
  }
}
