package import AuditRecord

/// The content of one log line. See `LineForm` for the supported forms.
package enum LogLine: Equatable, Sendable {
  /// A record of a requested type: the type's number, the offsets of the record's text (`audit(...): ...`), and the offsets of the node's
  /// name if the line has one, either auditd's `node=` or the host of a syslog line.
  case record(type: UInt16, text: Range<Int>, node: Range<Int>?)
  /// The same, with the offsets in the reader's `copy`: the text is not in the line as it is, or is in several lines.
  case copied(type: UInt16, text: Range<Int>, node: Range<Int>?)
  /// A possible record that is not trustworthy or not readable.
  case unread(UnreadLine)
  /// Anything else: another record type, another message, or an empty line.
  case other

  package var isRecord: Bool {
    switch self {
    case .record, .copied: true
    case .unread, .other: false
    }
  }
}
