internal import AuditRecord

/// One JSON object per line.
struct JSONLines: LineFormat, ~Copyable {
  private var time = RecordTime()
  /// The beginning of lines up to the milliseconds, the same for all records of one second.
  private var toMilliseconds = LineBuffer()
  private var second: Int64 = .min

  static var quoting: Quoting { .json }
  static var beforeKey: StaticString { ",\"" }
  static var afterKey: StaticString { "\":" }
  static var end: StaticString { "}\n" }
  static var isOfRecords: Bool { false }
  static var hasDetails: Bool { true }

  mutating func setTime(seconds: Int64, microseconds: Int64) {}

  @inline(__always)
  mutating func begin(at stamp: AuditStamp, _ lines: inout LineBuffer) {
    if stamp.seconds != second { render(stamp.seconds) }
    toMilliseconds.append(to: &lines)
    lines.append(decimal: Int64(stamp.milliseconds), digits: 3)
    lines.append("Z\",\"logger\":\"log-enricher\",\"timestamp\":\"")
  }

  mutating func begin(warning message: StaticString, at stamp: AuditStamp, _ lines: inout LineBuffer) {
    lines.append("{\"time\":\"")
    time.append(stamp, to: &lines)
    lines.append("\",\"logger\":\"log-enricher\",\"level\":\"warning\",\"message\":\"")
    lines.append(message)
    lines.append(UInt8(ascii: "\""))
  }

  private mutating func render(_ second: Int64) {
    self.second = second
    toMilliseconds.removeAll()
    toMilliseconds.append("{\"time\":\"")
    time.append(second: second, to: &toMilliseconds)
    toMilliseconds.append(UInt8(ascii: "."))
  }
}
