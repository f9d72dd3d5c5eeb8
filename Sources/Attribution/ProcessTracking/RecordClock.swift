internal import LinuxSystem

/// Converts the time stamps of records to monotonic time.
struct RecordClock {
  /// The minimum and maximum offset of the wall clock in recent time. They differ only if the clock was set recently.
  private var offsets: ClosedRange<Int64>
  private var current: Int64
  private var changed = KernelClock.monotonic

  /// How long an earlier offset counts. Records wait no longer than this for their batch.
  private static let memory: Int64 = 60_000_000_000
  /// The possible error of reading two clocks, and of the stamp's milliseconds.
  private static let slack: Int64 = 1_000_000
  /// The records' clock advances with the machine's ticks, and a busy machine skips many of them. If a PID was reused within
  /// this time, either process may have created the record.
  private static let lateness: Int64 = 1_000_000_000

  init() {
    current = KernelClock.realOffset
    offsets = current...current
  }

  mutating func update() {
    let offset = KernelClock.realOffset
    let now = KernelClock.monotonic
    if abs(offset - current) > Self.slack {
      offsets = min(offset, offsets.lowerBound)...max(offset, offsets.upperBound)
      current = offset
      changed = now
    } else if now - changed > Self.memory {
      offsets = current...current
    }
  }

  /// When a record with this time stamp was created; `milliseconds` is since 1970. nil if that is in the future: the record is of another
  /// machine or has a wrong time.
  func made(stamp milliseconds: Int64, before now: Int64) -> ClosedRange<Int64>? {
    let stamp = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let real = stamp.overflow ? 0 : stamp.partialValue
    let first = real &- offsets.upperBound &- Self.slack
    let last = real &- offsets.lowerBound &+ Self.lateness
    guard first <= now + Self.lateness else { return nil }
    let end = min(last, now)
    return min(first, end)...end
  }
}
