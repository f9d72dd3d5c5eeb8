internal import Glibc

/// The kernel's clocks, and how they stand to each other. All in nanoseconds.
package enum KernelClock {
  /// Goes forward only, and not while the machine is suspended. Process events are stamped with it.
  package static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

  /// Since 1970.
  package static var real: Int64 { read(CLOCK_REALTIME) }

  /// Since boot, suspended or not.
  package static var boot: Int64 { read(CLOCK_BOOTTIME) }

  /// Add it to the monotonic clock for the time since 1970. It changes when the wall clock is set.
  package static var realOffset: Int64 { offset(of: CLOCK_REALTIME) }

  /// Add it to the monotonic clock for the time since boot, which start times are told in. It changes with each suspend.
  package static var bootOffset: Int64 { offset(of: CLOCK_BOOTTIME) }

  /// A tick of /proc/PID/stat: the same on every Linux. See: USER_HZ
  package static let startTick: Int64 = 10_000_000

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Read between two looks at the monotonic clock; the closest of a few, for a thread can be put aside in between.
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
