internal import AuditRecord

/// What records' lines begin with, up to their serial: the same for all records of a second but for the milliseconds, and so
/// kept ready.
struct LineBeginning: Sendable {
  private let style: RecordFormat.Style
  private var header = KlogHeader()
  private var time = RecordTime()
  private var second: Int64 = .min
  /// Before the milliseconds of JSON's time, and before those of the time stamp.
  private var toTime: [UInt8] = []
  private var toStamp: [UInt8] = []

  init(style: RecordFormat.Style) { self.style = style }

  /// Sets the time that klog's headers show from now on: of writing, in local time.
  mutating func setTime(seconds: Int64, microseconds: Int64) {
    header.set(seconds: seconds, microseconds: microseconds)
    second = .min
  }

  /// Appends the beginning of a record's line, to `timestamp="1715847187.650:21196375"`.
  @inline(__always)
  mutating func append(_ stamp: AuditStamp, to buffer: inout LineBuffer) {
    if stamp.seconds != second { render(stamp) }
    if style == .json {
      buffer.append(toTime.span)
      buffer.append(decimal: UInt64(stamp.milliseconds), digits: 3)
    }
    buffer.append(toStamp.span)
    buffer.append(decimal: UInt64(stamp.milliseconds), digits: 3)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: stamp.serial)
    buffer.append(UInt8(ascii: "\""))
  }

  /// Appends the beginning of any other line, to its logger.
  mutating func append(
    level: StaticString, message: StaticString, at stamp: AuditStamp, to buffer: inout LineBuffer
  ) {
    switch style {
    case .klog, .journald:
      if style == .klog {
        buffer.append(level)
        buffer.append(header.bytes)
      }
      buffer.append(UInt8(ascii: "\""))
      buffer.append(message)
      buffer.append("\" logger=\"log-enricher\"")
    case .json:
      buffer.append("{\"time\":\"")
      time.append(stamp, to: &buffer)
      buffer.append("\",\"logger\":\"log-enricher\"")
    }
  }

  private mutating func render(_ stamp: AuditStamp) {
    second = stamp.seconds
    var buffer = LineBuffer()
    switch style {
    case .klog, .journald:
      append(level: "I", message: "audit", at: stamp, to: &buffer)
      buffer.append(" timestamp=\"")
    case .json:
      buffer.append("{\"time\":\"")
      time.append(second: stamp.seconds, to: &buffer)
      buffer.append(UInt8(ascii: "."))
      toTime = Array(copying: buffer)
      buffer.removeAll()
      buffer.append("Z\",\"logger\":\"log-enricher\",\"timestamp\":\"")
    }
    buffer.append(decimal: stamp.seconds)
    buffer.append(UInt8(ascii: "."))
    toStamp = Array(copying: buffer)
  }
}
