internal import AuditSource
internal import Enrichment
internal import Logging
internal import Systemd
internal import WaitingRecords

extension RecordStore {
  /// The store that systemd has kept from the last run, or a new one that systemd keeps from now on.
  static func keptBySystemd(_ log: Logger) throws -> RecordStore {
    let store = try SystemdNotifier.keeping(name, \.descriptor) {
      RecordStore(inherited: $0)
    } create: {
      try RecordStore()
    } refuse: {
      log.warning(
        "records that the last run had read and not written are discarded: another version stored them")
    }
    discardFatalRecords(store, log)
    return store
  }

  private static func discardFatalRecords(_ store: RecordStore, _ log: Logger) {
    guard store.mayBeFatal else { return }
    let count = store.crashedWhileCounting ? 0 : UInt64(store.unfinished + ParkedRecords(in: store).count)
    store.discard(count)
    log.warning(
      "discarded the records on which the service was killed three times", metadata: ["records": "\(count)"])
  }
}
