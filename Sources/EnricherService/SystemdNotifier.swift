internal import AuditSource
internal import Clibsystemd
internal import Glibc
internal import LinuxSystem
internal import Logging
internal import Settings

/// Tells systemd how the service fares, where it asked to be told (`Type=notify`); else it does nothing.
// See: man 3 sd_notify
enum SystemdNotifier {
  /// Whether this is a service that systemd started and waits for.
  static var isService: Bool { unsafe getenv("NOTIFY_SOCKET") != nil }

  /// How long systemd waits for a sign of life before it restarts the service, in milliseconds; nil if it does not watch.
  // See: man 3 sd_watchdog_enabled
  static var watchdog: Int64? {
    var microseconds: UInt64 = 0
    guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return Int64(clamping: microseconds / 1000)
  }

  /// Records are being read, with the settings that were last told to be read.
  static func ready() { send("READY=1") }

  /// Settings are read anew, until `ready`. With the time, as `Type=notify-reload` wants it.
  static func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(KernelClock.monotonic / 1000)") }

  /// The end has begun.
  static func stopping() { send("STOPPING=1") }

  /// Lines of `NAME=value`.
  static func send(_ state: String) {
    // It copies the text, and nobody can be told if it fails.
    _ = unsafe sd_notify(0, state)
  }

  /// The store of records that systemd has kept for us, or a new one that it keeps from now on.
  // See: FileDescriptorStoreMax= in man 5 systemd.service
  static func recordStore(_ log: Logger) throws(SourceError) -> RecordStore {
    if let fd = InheritedSocket.memory(RecordStore.name) {
      if let store = RecordStore(inherited: fd) {
        giveUpWhatKills(store, log)
        return store
      }
      log.warning("what the last run had read and not written is given up: another version left it")
      send("FDSTOREREMOVE=1\nFDNAME=\(RecordStore.name)")
    }
    let store = try RecordStore()
    var descriptors = [store.descriptor]
    // It gets a descriptor of its own for the same memory.
    _ = unsafe sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=\(RecordStore.name)", &descriptors, 1)
    return store
  }

  private static func giveUpWhatKills(_ store: RecordStore, _ log: Logger) {
    guard store.mayBeFatal else { return }
    let count = store.isFatalToCount ? 0 : UInt64(store.unfinished + ParkedRecords(in: store).count)
    store.giveUp(count)
    log.warning(
      "what three runs had in hand that were killed is given up", metadata: ["records": "\(count)"])
  }
}
