package import AuditRecord
package import AuditSource
internal import LogLines

/// Reads the records that the systemd journal has, from the kernel's log and from the audit socket.
package struct JournalSource: RecordSource, ~Copyable {
  private let journal: Journal
  private var reader: LogLineReader
  private let until: UInt64
  private var ended = false

  /// Entries are passed on in batches of this size, so that a signal can end the reading.
  private static let batchCount = 512

  package init(_ query: JournalQuery, types: [RecordType]) throws(SourceError) {
    journal = try Self.open(query, types)
    reader = LogLineReader(types: types)
    until = query.until ?? .max
  }

  private static func open(_ query: JournalQuery, _ types: [RecordType]) throws(SourceError) -> Journal {
    let journal = try Journal(directory: query.directory)
    // Without the right to read it, a journal seems to be empty.
    journal.seek(to: nil)
    guard try journal.advance() else {
      throw SourceError(
        "the journal\(query.directory.map { " in \($0)" } ?? "") has no entries", nil,
        remedy: "run as root or in the group systemd-journal, or name a directory with journal files")
    }
    match(types, query, in: journal)
    journal.seek(to: query.since)
    return journal
  }

  /// Selects the entries that the audit socket, or the kernel's own messages, may have made.
  private static func match(_ types: [RecordType], _ query: JournalQuery, in journal: borrowing Journal) {
    journal.match("_TRANSPORT=audit")
    for type in types { journal.match("_AUDIT_TYPE=\(type.number)") }
    // Messages of programs about access are counted.
    if types.contains(.avc) { journal.match("_AUDIT_TYPE=1107") }
    journal.matchOthers()
    journal.match("_TRANSPORT=kernel")
    // Messages that programs write to /dev/kmsg have another facility.
    journal.match("SYSLOG_FACILITY=0")
    if let boot = query.boot {
      journal.matchBoth()
      journal.match("_BOOT_ID=\(boot)")
    }
  }

  package var name: String { "journal" }
  package var receiveBuffer: Int64? { nil }
  package var descriptor: Int32? { nil }

  package mutating func use(_ types: [RecordType]) { reader.use(types) }

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.removeAll()
    for _ in 0..<Self.batchCount {
      guard !ended, try journal.advance() else {
        ended = true
        return .ended
      }
      do throws(Journal.DamagedEntry) {
        try readEntry(into: &batch)
      } catch {
        batch.append(.unread(.damaged), from: reader)
      }
      if ended { return .ended }
    }
    return .full
  }

  private mutating func readEntry(into batch: inout RecordBatch) throws(Journal.DamagedEntry) {
    guard let time = journal.time else { throw Journal.DamagedEntry() }
    guard time < until else {
      ended = true
      return
    }
    // Almost all messages of the kernel are no records.
    guard try isCandidate() else { return }
    reader.beginEntry(at: time)
    for name in Self.fields { try journal.withField(name, &reader) { $0.addField($1) } }
    batch.append(reader.endEntry(), from: reader)
  }

  private func isCandidate() throws(Journal.DamagedEntry) -> Bool {
    var isCandidate = false
    try journal.withField("_AUDIT_TYPE", &isCandidate) { isCandidate, _ in isCandidate = true }
    if isCandidate { return true }
    try journal.withField("MESSAGE", &isCandidate) { isCandidate, message in
      isCandidate = message.hasLiteral("MESSAGE=audit: type=", at: 0)
    }
    return isCandidate
  }

  private static let fields: [StaticString] = [
    "_TRANSPORT", "SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "_AUDIT_TYPE", "_AUDIT_ID",
    "_SOURCE_REALTIME_TIMESTAMP",
    "_HOSTNAME", "MESSAGE",
  ]

  package mutating func drainLosses(_ serials: SerialCheck) -> Losses { Losses() }
}
