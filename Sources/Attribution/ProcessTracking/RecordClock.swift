internal import LinuxSystem

/// The time that records are stamped with, as monotonic time.
struct RecordClock {
  /// The least and most that the wall clock was ahead of late: two, for as long as it has just been set.
  private var offsets: ClosedRange<Int64>
  private var current: Int64
  private var changed = KernelClock.monotonic

  /// Records wait no longer than this for their batch.
  private static let memory: Int64 = 60_000_000_000
  /// What reading two clocks may be off by, and the stamp's milliseconds.
  private static let slack: Int64 = 1_000_000
  /// The records' clock moves with the machine's ticks, and a busy machine leaves many out. Where a PID was used again
  /// within this time, either process may have made the record.
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

  /// When a record was made that is stamped so, in milliseconds since 1970.
  func made(stamp milliseconds: Int64, before now: Int64) -> ClosedRange<Int64> {
    let stamp = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let real = stamp.overflow ? 0 : stamp.partialValue
    let first = real &- offsets.upperBound &- Self.slack
    let last = real &- offsets.lowerBound &+ Self.lateness
    let end = min(last, now)
    return min(first, end)...end
  }
}
