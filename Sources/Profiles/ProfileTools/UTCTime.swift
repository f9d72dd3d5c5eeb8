internal import Glibc

/// A time in UTC as text.
struct UTCTime {
  /// Such as `2026-11-29T20:50Z`.
  let toMinute: String
  /// Such as `2026-11-29T20:50:09Z`.
  let toSecond: String

  /// `milliseconds` since 1970.
  init(_ milliseconds: Int64) {
    var time = time_t(milliseconds / 1000)
    var parts = unsafe tm()
    // It fails only for years that exceed an Int32, which no line has.
    _ = unsafe gmtime_r(&time, &parts)
    let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
    let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
    let beginning = "\(year)-\(Self.two(month))-\(Self.two(day))T\(Self.two(hour)):\(Self.two(minute))"
    toMinute = "\(beginning)Z"
    toSecond = "\(beginning):\(Self.two(second))Z"
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
