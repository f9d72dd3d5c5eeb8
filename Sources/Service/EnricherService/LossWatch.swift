package import AuditSource
package import ProcessTracking

/// Collects the losses of the source, the kernel and the process events.
package struct LossWatch: ~Copyable {
  let tracker: ProcessTracker?
  private var kernel: KernelLosses?
  private var kernelAskedAt: Int64 = .min / 2
  private var reportedEventLosses: UInt64 = 0
  private var lastRecordAt: Int64 = 0
  private var isSettled = true

  /// After this many milliseconds without a record, a missing record will not arrive any more. Also the minimum interval between
  /// two requests to the kernel.
  private static let quiet: Int64 = 1000

  package init(tracker: ProcessTracker?, kernel: consuming KernelLosses?) {
    self.tracker = tracker
    self.kernel = kernel
  }

  package mutating func recordsArrived(at now: Int64) {
    lastRecordAt = now
    isSettled = false
  }

  /// Returns what the kernel lost before the end; it is not asked again after that.
  mutating func drainKernelLosses() -> UInt64 { kernel?.drain(within: 200) ?? 0 }

  /// Returns the losses since the last call. Call it when all available records have been read.
  ///
  /// `last` is what the kernel lost before the end. If it is given, nothing is deferred to a later call.
  package mutating func drainLosses(
    from source: inout some (RecordSource & ~Copyable), at now: Int64, last: UInt64? = nil
  ) -> Losses {
    let isQuiet = !isSettled && now - lastRecordAt >= Self.quiet
    var kernelLost = last ?? 0
    var check = last.map { SerialCheck.all(known: $0) } ?? .later
    if last == nil, !isSettled, isQuiet || now - kernelAskedAt >= Self.quiet {
      kernelAskedAt = now
      // Records that the kernel dropped at its rate limit leave gaps, too, so both are checked at the same time.
      kernelLost = kernel?.drain() ?? 0
      check = isQuiet ? .all(known: kernelLost) : .passed(known: kernelLost)
    }
    if isQuiet { isSettled = true }
    var losses = source.drainLosses(check)
    losses.account.add(kernelLost, at: .kernel)
    if let count = tracker?.statistics.losses, count > reportedEventLosses {
      losses.account.add(count - reportedEventLosses, at: .connector)
      reportedEventLosses = count
    }
    return losses
  }

  /// Milliseconds until there may be something to report even if nothing happens.
  package func wait(at now: Int64) -> Int64? { isSettled ? nil : max(0, lastRecordAt + Self.quiet - now) }
}
