internal import BasicContainers
internal import Clibsystemd
package import EnrichedLog
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Sends entries to journald.
///
/// Like every output, it waits if journald is slow. The kernel's socket buffer is the queue.
// See: man 3 sd_journal_sendv
package struct JournalWriter: ~Copyable {
  /// Loss entries that journald has not accepted yet, the oldest first.
  private var pending: [PendingEntry] = []

  private struct PendingEntry {
    var fields: [UInt8]
    var ends: [Int]
  }

  private static let socket = "/run/systemd/journal/socket"

  /// Fails if journald is not running. libsystemd itself silently ignores that.
  package init() throws(LineWriter.Failure) {
    guard Self.isThere else {
      throw LineWriter.Failure(
        operation: "write to journald's socket \(Self.socket)", errno: .last,
        remedy: "is it running? see --output")
    }
  }

  private static var isThere: Bool { unsafe access(socket, W_OK) == 0 }

  /// Sends an entry of the service's own log, with a message of one line. Returns whether journald accepted it at once: this call never
  /// waits for a journald that has stalled.
  package static func write(_ message: String, priority: Int, _ id: JournalMessage) -> Bool {
    let lines = [
      "MESSAGE=\(message)", "PRIORITY=\(priority)", "MESSAGE_ID=\(id.rawValue)",
      "SYSLOG_IDENTIFIER=audit-enricher",
    ]
    let bytes = lines.flatMap { "\($0)\n".utf8 }
    // The call reads `bytes.count` bytes.
    return unsafe enricher_journal_send_now(socket, bytes, bytes.count) == 0
  }

  /// Sends entries in order. Returns how many records were refused. Refused loss entries are sent again with the next ones.
  mutating func write(_ entries: borrowing JournalEntries) -> UInt64 {
    let isThere = Self.isThere
    if isThere { sendPending() }
    var refused: UInt64 = 0
    var start = 0
    var first = 0
    for index in entries.entries.indices {
      let entry = entries.entries[index]
      let fields = first..<entry.endOfFields
      switch entry.kind {
      case .record(let count):
        let isTaken =
          isThere
          && entries.fields.withBytes {
            Self.send($0, from: start, entries.ends.span.extracting(fields))
          }
        if !isTaken { refused &+= count }
      case .loss:
        pending.append(
          PendingEntry(
            fields: entries.fields.withBytes { bytes in
              (start..<entries.ends[fields.upperBound - 1]).map { bytes[$0] }
            },
            ends: fields.map { entries.ends[$0] - start }))
        if isThere { sendPending() }
      }
      start = entries.ends[fields.upperBound - 1]
      first = fields.upperBound
    }
    return refused
  }

  /// The number of loss entries that journald has not accepted yet.
  var pendingCount: Int { pending.count }

  mutating func forgetPending() { pending.removeAll() }

  private mutating func sendPending() {
    var sent = 0
    for entry in pending {
      guard Self.send(entry.fields.span, from: 0, entry.ends.span) else { break }
      sent += 1
    }
    pending.removeFirst(sent)
  }

  /// Sends an entry whose fields begin at `start` and end at `ends`. Returns whether journald accepted it.
  private static func send(
    _ fields: borrowing Span<UInt8>, from start: Int, _ ends: borrowing Span<Int>
  ) -> Bool {
    // Both buffers have the stated length and are read only during the call.
    unsafe fields.withUnsafeBufferPointer { fields in
      unsafe ends.withUnsafeBufferPointer { ends in
        OutputWait.during {
          unsafe enricher_journal_send(fields.baseAddress, start, ends.baseAddress, Int32(ends.count)) >= 0
        }
      }
    }
  }
}
