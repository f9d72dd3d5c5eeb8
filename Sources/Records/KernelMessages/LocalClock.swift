internal import Glibc

/// Converts the times of log lines to times since 1970. It asks the C library for the local time zone once for each hour of a log.
package struct LocalClock: Sendable {
  /// The current time in seconds since 1970: a time without a year is not later.
  private let now: Int64
  private var hour: Int64 = .min
  private var hourOffset: Int64 = 0

  package init(now: Int64) { self.now = now }

  /// Milliseconds since 1970; 0 if the time is not known.
  package mutating func milliseconds(_ time: WallTime) -> Int64 {
    if let epoch = time.epoch { return epoch * 1000 + Int64(time.milliseconds) }
    guard (1...12).contains(time.month), (1...31).contains(time.day), time.hour < 24, time.second < 3660
    else {
      return 0
    }
    guard time.year == 0 else { return milliseconds(time, in: Int64(time.year)) }
    // Years of 365.2425 days.
    let year = 1970 + now / 31_556_952
    let milliseconds = milliseconds(time, in: year + 1)
    // A day, because the clock or the time zone may be another one.
    for back in 0...1 where milliseconds > (now + 86_400) * 1000 {
      let earlier = self.milliseconds(time, in: year - Int64(back))
      if earlier <= (now + 86_400) * 1000 { return earlier }
    }
    return milliseconds
  }

  private mutating func milliseconds(_ time: WallTime, in year: Int64) -> Int64 {
    let hour = Self.days(year, Int64(time.month), Int64(time.day)) * 24 + Int64(time.hour)
    let seconds = hour * 3600 + Int64(time.second)
    if let offset = time.offset { return max(0, (seconds - Int64(offset)) * 1000 + Int64(time.milliseconds)) }
    if hour != self.hour {
      self.hour = hour
      // The structure is used in this block only; mktime(3) keeps no pointer of it.
      var fields = unsafe tm()
      unsafe fields.tm_year = Int32(truncatingIfNeeded: year - 1900)
      unsafe fields.tm_mon = Int32(time.month - 1)
      unsafe fields.tm_mday = Int32(time.day)
      unsafe fields.tm_hour = Int32(time.hour)
      unsafe fields.tm_isdst = -1
      hourOffset = unsafe hour * 3600 - Int64(mktime(&fields))
    }
    return max(0, (seconds - hourOffset) * 1000 + Int64(time.milliseconds))
  }

  /// The days since 1970 of a date in the Gregorian calendar.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    // Years that begin in March put the leap day last.
    let year = month <= 2 ? year - 1 : year
    let monthFromMarch = (month + 9) % 12
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * monthFromMarch + 2) / 5 + day - 1
      - 719_468
  }
}
