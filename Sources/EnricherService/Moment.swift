internal import Glibc

/// One reading of the clocks, shared by all records of a batch.
public struct Moment: Sendable {
  /// Since 1970.
  public var seconds: Int64
  public var microseconds: Int64
  /// Milliseconds since boot, suspended or not: goes forward only.
  public var sinceBoot: Int64

  /// Milliseconds since 1970.
  public var epochMilliseconds: Int64 { seconds * 1000 + microseconds / 1000 }

  public init(seconds: Int64, microseconds: Int64, sinceBoot: Int64) {
    self.seconds = seconds
    self.microseconds = microseconds
    self.sinceBoot = sinceBoot
  }

  /// Reads the clocks now.
  public static var now: Moment {
    var real = timespec()
    var boot = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &real)
    unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
    return Moment(
      seconds: Int64(real.tv_sec), microseconds: Int64(real.tv_nsec / 1000),
      sinceBoot: Int64(boot.tv_sec) * 1000 + Int64(boot.tv_nsec / 1_000_000))
  }

  /// CLOCK_MONOTONIC, as systemd compares it.
  static var monotonicMicroseconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec / 1000)
  }
}
