internal import AuditRecord

/// A format of lines: what stands around a line's fields, and before them. A new one is a type like `JSONLines`, and a case of
/// `RecordFormat.Style`.
protocol LineFormat: ~Copyable {
  init()

  static var quoting: Quoting { get }
  /// What stands before and behind a key.
  static var beforeKey: StaticString { get }
  static var behindKey: StaticString { get }
  /// What ends a line, with its line feed.
  static var end: StaticString { get }
  /// Whether lines with all fields have a record's details, too.
  static var hasDetails: Bool { get }

  /// Sets the time of writing, in seconds since 1970 and what is beyond them.
  mutating func setTime(seconds: Int64, microseconds: Int64)

  /// Begins a record's line, up to the text of its stamp.
  mutating func begin(at stamp: AuditStamp, _ lines: inout LineBuffer)

  /// Begins a line that is about no record, up to its type.
  mutating func begin(warning message: StaticString, at stamp: AuditStamp, _ lines: inout LineBuffer)
}
