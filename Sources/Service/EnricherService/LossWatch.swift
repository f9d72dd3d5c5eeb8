internal import AuditSource
internal import ProcessTracking

/// Asks all who can lose something whether they did.
struct LossWatch: ~Copyable {
  let tracker: ProcessTracker?
  private var kernel: KernelLosses?
  private var kernelAskedAt: Int64 = .min / 2
  private var eventLossesTold: UInt64 = 0
  private var lastRecordAt: Int64 = 0
  private var isSettled = true

  /// After so many milliseconds without a record, what is missing will not come any more. Also how often, at most, the
  /// kernel is asked.
  private static let quiet: Int64 = 1000

  init(tracker: ProcessTracker?, kernel: consuming KernelLosses?) {
    self.tracker = tracker
    self.kernel = kernel
  }

  mutating func recordsCame(at now: Int64) {
    lastRecordAt = now
    isSettled = false
  }

  /// What the kernel has lost before the end: nobody will ask it again.
  mutating func takeLastOfKernel() -> UInt64 { kernel?.take(within: 200) ?? 0 }

  /// What was lost since the last call. To be asked when all that was there has been read.
  ///
  /// `last`: what the kernel lost before the end, after which nothing is left for later.
  mutating func take(
    from source: inout some (RecordSource & ~Copyable), at now: Int64, last: UInt64? = nil
  ) -> Losses {
    let isQuiet = !isSettled && now - lastRecordAt >= Self.quiet
    var kernelLost = last ?? 0
    var check = last.map { SerialCheck.all(known: $0) } ?? .later
    if last == nil, !isSettled, isQuiet || now - kernelAskedAt >= Self.quiet {
      kernelAskedAt = now
      // What the kernel lost by its rate limit has left gaps, too: both are asked at the same time.
      kernelLost = kernel?.take() ?? 0
      check = isQuiet ? .all(known: kernelLost) : .passed(known: kernelLost)
    }
    if isQuiet { isSettled = true }
    var losses = source.takeLosses(check)
    losses.account.add(kernelLost, at: .kernel)
    if let count = tracker?.statistics.losses, count > eventLossesTold {
      losses.account.add(count - eventLossesTold, at: .connector)
      eventLossesTold = count
    }
    return losses
  }

  /// Milliseconds until there may be something to say even if nothing happens.
  func wait(at now: Int64) -> Int64? { isSettled ? nil : max(0, lastRecordAt + Self.quiet - now) }
}
