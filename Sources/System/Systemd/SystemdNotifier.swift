internal import Clibsystemd
internal import Glibc
internal import LinuxSystem

/// Reports the service's state to systemd if the unit has `Type=notify`; otherwise does nothing.
// See: man 3 sd_notify
package enum SystemdNotifier {
  /// Whether systemd started this service and waits for its notification.
  package static var isService: Bool { unsafe getenv("NOTIFY_SOCKET") != nil }

  /// The interval, in milliseconds, within which systemd expects a notification before it restarts the service; nil without a watchdog.
  // See: man 3 sd_watchdog_enabled
  package static var watchdog: Int64? {
    var microseconds: UInt64 = 0
    guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return Int64(clamping: microseconds / 1000)
  }

  /// Reports that records are being read, with the latest settings.
  package static func ready() { send("READY=1") }

  /// Reports that settings are being reloaded, until `ready`. `Type=notify-reload` requires the time.
  package static func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(KernelClock.monotonic / 1000)") }

  /// Reports that the service is stopping.
  package static func stopping() { send("STOPPING=1") }

  /// Sends lines of `NAME=value`.
  package static func send(_ state: String) {
    // The call copies the text. A failure cannot be reported to anyone.
    _ = unsafe sd_notify(0, state)
  }

  /// Lets systemd keep a file, which it passes to the next run of the service under this name.
  // See: FileDescriptorStoreMax= in man 5 systemd.service
  package static func keep(_ descriptor: Int32, named name: String) {
    var descriptors = [descriptor]
    // systemd gets its own descriptor for the same file.
    _ = unsafe sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=\(name)", &descriptors, 1)
  }

  /// Memory that systemd has kept under a name, or new memory, which it keeps from now on. `adopt` returns nil for memory of another
  /// version; `refuse` is called then.
  package static func keeping<Memory>(
    _ name: String, _ descriptor: (Memory) -> Int32, adopt: (Int32) -> Memory?, create: () throws -> Memory,
    refuse: () -> Void
  ) throws -> Memory {
    if let fd = InheritedSocket.memory(name) {
      if let memory = adopt(fd) { return memory }
      refuse()
      forget(named: name)
    }
    let memory = try create()
    keep(descriptor(memory), named: name)
    return memory
  }

  /// Lets systemd close the file that it keeps under this name.
  package static func forget(named name: String) { send("FDSTOREREMOVE=1\nFDNAME=\(name)") }
}
