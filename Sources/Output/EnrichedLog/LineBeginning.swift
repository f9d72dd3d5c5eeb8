internal import AuditRecord

/// What records' lines begin with, up to their stamp. It is kept ready: klog's until the time of writing is another, JSON's, but for
/// the milliseconds, for all records of a second.
struct LineBeginning: ~Copyable {
  private let style: RecordFormat.Style
  private var header = KlogHeader()
  private var time = RecordTime()
  /// Before the milliseconds of JSON's time, and of which second that is.
  private var toTime = LineBuffer()
  private var second: Int64 = .min
  /// Before the time stamp.
  private var toStamp = LineBuffer()

  init(style: RecordFormat.Style) {
    self.style = style
    renderToStamp()
  }

  /// Sets the time that klog's headers show from now on: of writing, in local time.
  mutating func setTime(seconds: Int64, microseconds: Int64) {
    guard style == .klog else { return }
    header.set(seconds: seconds, microseconds: microseconds)
    renderToStamp()
  }

  /// Appends the beginning of a record's line, to `timestamp="1715847187.650:21196375"`. `text` is the stamp as the record has it.
  @inline(__always)
  mutating func append(_ stamp: AuditStamp, as text: borrowing Span<UInt8>, to buffer: inout LineBuffer) {
    if style == .json {
      if stamp.seconds != second { renderToTime(stamp) }
      toTime.append(to: &buffer)
      buffer.append(decimal: Int64(stamp.milliseconds), digits: 3)
    }
    toStamp.append(to: &buffer)
    buffer.append(text)
    buffer.append(UInt8(ascii: "\""))
  }

  /// Appends the beginning of any other line, to its logger.
  mutating func append(
    level: StaticString, message: StaticString, at stamp: AuditStamp, to buffer: inout LineBuffer
  ) {
    switch style {
    case .klog, .journald:
      Self.append(level, message, header, style, to: &buffer)
    case .json:
      buffer.append("{\"time\":\"")
      time.append(stamp, to: &buffer)
      buffer.append("\",\"logger\":\"log-enricher\"")
    }
  }

  /// The beginning of a line of text.
  private static func append(
    _ level: StaticString, _ message: StaticString, _ header: borrowing KlogHeader,
    _ style: RecordFormat.Style, to buffer: inout LineBuffer
  ) {
    if style == .klog {
      buffer.append(level)
      header.bytes.append(to: &buffer)
    }
    buffer.append(UInt8(ascii: "\""))
    buffer.append(message)
    buffer.append("\" logger=\"log-enricher\"")
  }

  private mutating func renderToStamp() {
    toStamp.removeAll()
    switch style {
    case .klog, .journald:
      Self.append("I", "audit", header, style, to: &toStamp)
      toStamp.append(" timestamp=\"")
    case .json:
      toStamp.append("Z\",\"logger\":\"log-enricher\",\"timestamp\":\"")
    }
  }

  private mutating func renderToTime(_ stamp: AuditStamp) {
    second = stamp.seconds
    toTime.removeAll()
    toTime.append("{\"time\":\"")
    time.append(second: stamp.seconds, to: &toTime)
    toTime.append(UInt8(ascii: "."))
  }
}
