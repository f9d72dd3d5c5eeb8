internal import AuditRecord

/// klog's structured text, as the log enricher of the Security Profiles Operator writes it: `I0516 08:13:07.654039 ...`.
struct KlogLines: LineFormat, ~Copyable {
  private var header = KlogHeader()
  /// The beginning of all record lines, the same until the time of writing changes.
  private var toStamp = LineBuffer()

  static var quoting: Quoting { .go }
  static var beforeKey: StaticString { " " }
  static var afterKey: StaticString { "=" }
  static var end: StaticString { "\n" }
  static var isOfRecords: Bool { true }
  static var hasDetails: Bool { false }

  mutating func setTime(seconds: Int64, microseconds: Int64) {
    header.set(seconds: seconds, microseconds: microseconds)
    toStamp.removeAll()
    toStamp.append("I")
    header.bytes.append(to: &toStamp)
    toStamp.append(MessageLines.toStamp)
  }

  @inline(__always)
  mutating func begin(at stamp: AuditStamp, _ lines: inout LineBuffer) { toStamp.append(to: &lines) }

  mutating func begin(warning message: StaticString, at stamp: AuditStamp, _ lines: inout LineBuffer) {
    lines.append("W")
    header.bytes.append(to: &lines)
    MessageLines.begin(message, &lines)
  }
}

/// The same text without klog's header: the message of journal entries, which have fields for the header's content.
struct MessageLines: LineFormat, ~Copyable {
  static var quoting: Quoting { .go }
  static var beforeKey: StaticString { " " }
  static var afterKey: StaticString { "=" }
  static var end: StaticString { "\n" }
  static var isOfRecords: Bool { true }
  static var hasDetails: Bool { false }
  static var toStamp: StaticString { "\"audit\" logger=\"log-enricher\" timestamp=\"" }

  mutating func setTime(seconds: Int64, microseconds: Int64) {}

  @inline(__always)
  mutating func begin(at stamp: AuditStamp, _ lines: inout LineBuffer) { lines.append(Self.toStamp) }

  mutating func begin(warning message: StaticString, at stamp: AuditStamp, _ lines: inout LineBuffer) {
    Self.begin(message, &lines)
  }

  static func begin(_ message: StaticString, _ lines: inout LineBuffer) {
    lines.append("\"", message, "\" logger=\"log-enricher\"")
  }
}
