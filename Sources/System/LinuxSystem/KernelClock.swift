internal import Glibc

/// The kernel's clocks and the differences between them, all in nanoseconds.
package enum KernelClock {
  /// The monotonic clock. It never goes backwards, and stops while the machine is suspended. Process events are stamped with it.
  package static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

  /// The time since 1970.
  package static var real: Int64 { read(CLOCK_REALTIME) }

  /// The time since boot, including suspended time.
  package static var boot: Int64 { read(CLOCK_BOOTTIME) }

  /// The difference between the time since 1970 and the monotonic clock. It changes when the wall clock is set.
  package static var realOffset: Int64 { offset(of: CLOCK_REALTIME) }

  /// The difference between the time since boot and the monotonic clock. Start times use the time since boot. The difference changes with
  /// each suspend.
  package static var bootOffset: Int64 { offset(of: CLOCK_BOOTTIME) }

  /// The unit of start times in /proc/PID/stat, which is the same on every Linux. See: USER_HZ
  package static let startTick: Int64 = 10_000_000

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Reads the clock between two readings of the monotonic clock. Uses the closest of three attempts, because a thread can be preempted
  /// in between.
  private static func offset(of clock: clockid_t) -> Int64 {
    var best: (width: Int64, offset: Int64) = (.max, 0)
    for _ in 0..<3 {
      let before = monotonic
      let time = read(clock)
      let after = monotonic
      if after - before < best.width { best = (after - before, time - (before + after) / 2) }
    }
    return best.offset
  }
}
