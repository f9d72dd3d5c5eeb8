/// What a line of a log holds. See `LogLineReader` for the forms that are read.
public enum LogLine: Equatable, Sendable {
  /// A record of one of the types that are read: the type's number, the offsets of the record's text (`audit(...): ...`), and of the node's
  /// name if the line has one: auditd's `node=`, or the host of a syslog line.
  case record(type: UInt16, text: Range<Int>, node: Range<Int>?)
  /// Something that may be a record, or may hold one, and cannot be believed or read.
  case unread(UnreadLine)
  /// Something else: another type of record, another message, an empty line.
  case other
}
