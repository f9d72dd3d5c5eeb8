internal import Glibc

/// Converts the times of log lines to times since 1970. It asks the C library for the local time zone once for each hour of a log.
package struct LocalClock: Sendable {
  /// The current time in seconds since 1970: a time without a year is not later.
  private let now: Int64
  private var hour: Int64 = .min
  private var hourOffset: Int64 = 0
  /// The abbreviation of the local time zone at that hour, packed into a number.
  private var hourZone: UInt64 = 0

  package init(now: Int64) { self.now = now }

  /// Whether the zone of a time is known: by its offset, or because it has the local zone's abbreviation.
  package mutating func knowsZone(of time: WallTime) -> Bool {
    guard time.zone != 0, time.offset == nil else { return true }
    return milliseconds(time) > 0 && hourZone == time.zone
  }

  /// Milliseconds since 1970; 0 if the time is not known.
  package mutating func milliseconds(_ time: WallTime) -> Int64 {
    if let epoch = time.epoch { return epoch * 1000 + Int64(time.milliseconds) }
    guard (1...12).contains(time.month), (1...31).contains(time.day), time.hour < 24, time.second < 3660
    else {
      return 0
    }
    guard time.year == 0 else { return milliseconds(time, in: Int64(time.year)) }
    // Years of 365.2425 days. The sum may be a day too early or late at a year's end.
    var year = 1971 + now / 31_556_952
    // A day and a half, because the clock or the time zone may be another one.
    while Self.hours(time, in: year) * 3600 > now + 129_600 { year -= 1 }
    return milliseconds(time, in: year)
  }

  /// Hours since 1970, as if the time were UTC.
  private static func hours(_ time: WallTime, in year: Int64) -> Int64 {
    days(year, Int64(time.month), Int64(time.day)) * 24 + Int64(time.hour)
  }

  private mutating func milliseconds(_ time: WallTime, in year: Int64) -> Int64 {
    let hour = Self.hours(time, in: year)
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
      hourZone = 0
      // The C library keeps the name, which ends with a zero byte.
      if var name = unsafe fields.tm_zone {
        while unsafe name.pointee != 0 {
          hourZone = unsafe hourZone << 8 | UInt64(UInt8(bitPattern: name.pointee))
          unsafe name += 1
        }
      }
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
