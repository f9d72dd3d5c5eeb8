internal import Clibsystemd
internal import Glibc
internal import LinuxSystem

/// Tells systemd how the service fares, where it asked to be told (`Type=notify`); else it does nothing.
// See: man 3 sd_notify
package enum SystemdNotifier {
  /// Whether this is a service that systemd started and waits for.
  package static var isService: Bool { unsafe getenv("NOTIFY_SOCKET") != nil }

  /// How long systemd waits for a sign of life before it restarts the service, in milliseconds; nil if it does not watch.
  // See: man 3 sd_watchdog_enabled
  package static var watchdog: Int64? {
    var microseconds: UInt64 = 0
    guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return Int64(clamping: microseconds / 1000)
  }

  /// Records are being read, with the settings that were last told to be read.
  package static func ready() { send("READY=1") }

  /// Settings are read anew, until `ready`. With the time, as `Type=notify-reload` wants it.
  package static func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(KernelClock.monotonic / 1000)") }

  /// The end has begun.
  package static func stopping() { send("STOPPING=1") }

  /// Lines of `NAME=value`.
  package static func send(_ state: String) {
    // It copies the text, and nobody can be told if it fails.
    _ = unsafe sd_notify(0, state)
  }

  /// Has systemd keep a file, which it hands to the next run of the service by this name.
  // See: FileDescriptorStoreMax= in man 5 systemd.service
  package static func keep(_ descriptor: Int32, named name: String) {
    var descriptors = [descriptor]
    // It gets a descriptor of its own for the same file.
    _ = unsafe sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=\(name)", &descriptors, 1)
  }

  /// Has systemd keep it no longer.
  package static func forget(named name: String) { send("FDSTOREREMOVE=1\nFDNAME=\(name)") }
}
