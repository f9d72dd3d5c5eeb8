internal import AuditRecord

/// A line format: the text before and around a line's fields. To add one, write a type like `JSONLines` and add a case to
/// `RecordFormat.Style`.
protocol LineFormat: ~Copyable {
  init()

  static var quoting: Quoting { get }
  /// The text before and after a key.
  static var beforeKey: StaticString { get }
  static var afterKey: StaticString { get }
  /// The end of a line, including the line feed.
  static var end: StaticString { get }
  /// Whether a field has the form that it has in the kernel's records: ` key=value`.
  static var isOfRecords: Bool { get }
  /// Whether lines with full fields include a record's details.
  static var hasDetails: Bool { get }

  /// Sets the time of writing, as seconds since 1970 and microseconds.
  mutating func setTime(seconds: Int64, microseconds: Int64)

  /// Begins a record's line, up to the text of the stamp.
  mutating func begin(at stamp: AuditStamp, _ lines: inout LineBuffer)

  /// Begins a line that is not about a record, up to its type.
  mutating func begin(warning message: StaticString, at stamp: AuditStamp, _ lines: inout LineBuffer)
}
