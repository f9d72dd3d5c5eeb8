/// What a line of a log holds. See `LogLineReader` for the forms that are read.
public enum LogLine: Equatable, Sendable {
  /// A SECCOMP record: the offsets of its text (`audit(...): ...`), and of the node's name if the line has one: auditd's `node=`, or
  /// the host of a syslog line.
  case seccomp(record: Range<Int>, node: Range<Int>?)
  /// Something that may be a record, or may hold one, and cannot be believed or read.
  case unread(UnreadLine)
  /// Something else: another type of record, another message, an empty line.
  case other
}
