internal import LinuxSystem

/// The earlier of two times, where nil stands for never.
package func earlier(_ first: Int64?, _ second: Int64?) -> Int64? {
  guard let first, let second else { return first ?? second }
  return min(first, second)
}

/// One reading of the clocks, shared by all records of a batch.
package struct ClockReading: Sendable {
  /// Since 1970.
  package var seconds: Int64
  package var microseconds: Int64
  /// Milliseconds since boot, including suspended time. This clock never goes backwards.
  package var sinceBoot: Int64

  /// Milliseconds since 1970.
  package var epochMilliseconds: Int64 { seconds * 1000 + microseconds / 1000 }

  package init(seconds: Int64, microseconds: Int64, sinceBoot: Int64) {
    self.seconds = seconds
    self.microseconds = microseconds
    self.sinceBoot = sinceBoot
  }

  /// Reads the clocks now.
  package static var now: ClockReading {
    let real = KernelClock.real / 1000
    return ClockReading(
      seconds: real / 1_000_000, microseconds: real % 1_000_000, sinceBoot: KernelClock.boot / 1_000_000)
  }
}
