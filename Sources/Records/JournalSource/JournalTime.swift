internal import Glibc
internal import KernelMessages

/// The times that journalctl accepts for `--since` and `--until`.
// See: man 7 systemd.time
package enum JournalTime {
  private static let units: [(names: [String], seconds: Double)] = [
    (["s", "sec", "second", "seconds"], 1), (["m", "min", "minute", "minutes"], 60),
    (["h", "hr", "hour", "hours"], 3600), (["d", "day", "days"], 86_400), (["w", "week", "weeks"], 604_800),
    (["month", "months"], 2_629_800), (["y", "year", "years"], 31_557_600),
  ]

  /// Microseconds since 1970 of a time such as `2024-05-16 08:13:07`, `2024-05-16`, `08:13`, `today`, `yesterday`, `-2h`, `2 days ago`
  /// or `@1715847187`; nil for anything else. `now` is the current time in seconds since 1970.
  package static func parse(_ text: String, now: Int64 = Int64(time(nil))) -> UInt64? {
    let text = text.lowercased()
    switch text {
    case "now": return microseconds(Double(now))
    case "today": return wallTime(date(now) + " 00:00:00", now)
    case "yesterday": return wallTime(date(now - 86_400) + " 00:00:00", now)
    case "tomorrow": return wallTime(date(now + 86_400) + " 00:00:00", now)
    default: break
    }
    if text.hasPrefix("@") { return Double(text.dropFirst()).flatMap { microseconds($0) } }
    if text.hasPrefix("-"), let span = span(text.dropFirst()) { return microseconds(Double(now) - span) }
    if text.hasPrefix("+"), let span = span(text.dropFirst()) { return microseconds(Double(now) + span) }
    if text.hasSuffix(" ago"), let span = span(text.dropLast(4)) { return microseconds(Double(now) - span) }
    // A time of today, a date, or both; the seconds may be left out.
    var whole = text.contains("-") ? text : date(now) + " " + text
    if !whole.contains(":") { whole += " 00:00:00" }
    if whole.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 { whole += ":00" }
    return wallTime(
      whole.replacing("t", with: "T").replacing("z", with: "Z").replacing("uTc", with: "UTC"), now)
  }

  private static func microseconds(_ seconds: Double) -> UInt64? {
    seconds >= 0 && seconds < 1e12 ? UInt64(seconds * 1e6) : nil
  }

  /// The seconds of a time span such as `2h` or `1 day 3 hours`.
  private static func span(_ text: Substring) -> Double? {
    var total = 0.0
    var rest = text.drop { $0 == " " }
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isNumber || $0 == "." }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count).drop { $0 == " " }
      guard let number = Double(digits),
        let unit = name.isEmpty ? 1 : units.first(where: { $0.names.contains(String(name)) })?.seconds
      else { return nil }
      total += number * unit
    }
    return total
  }

  private static func wallTime(_ text: String, _ now: Int64) -> UInt64? {
    let isUTC = text.hasSuffix(" UTC")
    let bytes = Array((isUTC ? text.dropLast(4) + "Z" : text[...]).utf8)
    var position = 0
    guard let time = WallTime(bytes.span, at: &position), position == bytes.count, time.year > 0 else {
      return nil
    }
    var clock = LocalClock(now: now)
    let milliseconds = clock.milliseconds(time)
    return milliseconds > 0 ? UInt64(milliseconds) * 1000 : nil
  }

  /// The local date, as `2024-05-16`.
  private static func date(_ now: Int64) -> String {
    var seconds = time_t(now)
    // Both are used in this function only.
    var fields = unsafe tm()
    unsafe localtime_r(&seconds, &fields)
    func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return unsafe "\(fields.tm_year + 1900)-\(padded(fields.tm_mon + 1))-\(padded(fields.tm_mday))"
  }
}
