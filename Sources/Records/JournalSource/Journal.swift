internal import AuditSource
internal import Clibsystemd
internal import SystemPackage

/// A handle of the systemd journal, at an entry.
// See: man 3 sd_journal_open
@safe
struct Journal: ~Copyable {
  /// Owned by this value, and closed by `deinit`.
  private let handle: OpaquePointer

  /// Opens the journal files of a directory, or those of this machine.
  init(directory: String?) throws(SourceError) {
    var handle: OpaquePointer?
    let status =
      if let directory {
        unsafe sd_journal_open_directory(&handle, directory, 0)
      } else {
        unsafe sd_journal_open(&handle, Int32(SD_JOURNAL_LOCAL_ONLY))
      }
    guard status >= 0, let handle = unsafe handle else {
      throw SourceError(
        "cannot open the journal\(directory.map { " in \($0)" } ?? "")", Errno(rawValue: -status),
        remedy: "name a directory with journal files, and run as root or in the group systemd-journal")
    }
    unsafe self.handle = handle
  }

  deinit { unsafe sd_journal_close(handle) }

  /// Selects entries that have a field. Several values of one field are alternatives.
  func match(_ field: String) { _ = unsafe sd_journal_add_match(handle, field, 0) }

  /// Selects also the entries that further matches select.
  func matchOthers() { _ = unsafe sd_journal_add_disjunction(handle) }

  /// Selects only those entries that further matches select, too.
  func matchBoth() { _ = unsafe sd_journal_add_conjunction(handle) }

  func removeMatches() { unsafe sd_journal_flush_matches(handle) }

  /// Goes before the first entry, or before the first one of a time in microseconds since 1970.
  func seek(to time: UInt64?) {
    _ =
      if let time { unsafe sd_journal_seek_realtime_usec(handle, time) } else {
        unsafe sd_journal_seek_head(handle)
      }
  }

  /// Goes to the next entry. Returns false if there is none.
  func advance() throws(SourceError) -> Bool {
    let status = unsafe sd_journal_next(handle)
    guard status >= 0 else {
      throw SourceError(
        "cannot read the journal", Errno(rawValue: -status),
        remedy: "'journalctl --verify' names damaged files")
    }
    return status > 0
  }

  /// The time of the entry in microseconds since 1970; nil if it cannot be read.
  var time: UInt64? {
    var time: UInt64 = 0
    return unsafe sd_journal_get_realtime_usec(handle, &time) >= 0 ? time : nil
  }

  /// Lends the text `NAME=value` of a field to `body`, if the entry has it.
  func withField<State>(
    _ name: StaticString, _ state: inout State, _ body: (inout State, borrowing Span<UInt8>) -> Void
  ) throws(DamagedEntry) {
    var data: UnsafeRawPointer?
    var length = 0
    // A literal ends with a zero byte.
    let key = unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    let status = unsafe sd_journal_get_data(handle, key, &data, &length)
    guard status >= 0, let data = unsafe data else {
      if status == -ENOENT { return }
      throw DamagedEntry()
    }
    // The bytes are valid until the next call, which the borrow of the span cannot outlive.
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: length)
    unsafe body(&state, bytes.bindMemory(to: UInt8.self).span)
  }

  /// A field of the entry cannot be read.
  struct DamagedEntry: Error {}
}
