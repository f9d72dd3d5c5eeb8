internal import Clibsystemd
internal import Enrichment
internal import Glibc
internal import LinuxSystem

extension Doctor {
  /// Checks whether lines can be written, with the permissions of this process.
  func output() -> Finding {
    let check = "output"
    guard case .file(let path) = settings.destination else { return .ok(check, "journal entries") }
    guard path != "-" else { return .ok(check, "standard output") }
    guard unsafe access(path, W_OK) == 0 || errno == ENOENT else {
      return .failed(
        check, "\(path) cannot be written", remedy: "change its owner or mode, or --output")
    }
    let directory = path.directory
    var file = statvfs()
    guard unsafe statvfs(directory, &file) == 0 else {
      return .failed(
        check, "\(directory) is not there", remedy: "create the directory, or change --output")
    }
    // A minute of a flood of records may need this much space.
    let free = UInt64(file.f_bavail) * UInt64(file.f_frsize)
    guard free >= 1 << 30 else {
      return .warning(
        check, "\(path), with \(free >> 20) MiB free on its file system",
        remedy:
          "free some space, or rotate logs more often: the service ends if it cannot write a line")
    }
    return .ok(check, path)
  }

  /// Checks whether the journal keeps messages of the lines' priority, by writing one now.
  // See: Storage= and MaxLevelStore= in man 5 journald.conf
  func journal() async -> Finding {
    let check = "journal"
    guard settings.destination == .journal || settings.destination == .file("-") else {
      return .ok(check, "not used for lines")
    }
    guard unsafe access("/run/systemd/journal/socket", F_OK) == 0 else {
      return .ok(check, "no journal on this machine")
    }
    guard geteuid() == 0 else {
      return .warning(check, "cannot be read completely", remedy: "run as root")
    }
    let mark = "audit-enricher doctor checks whether this message is kept: \(ClockReading.now.sinceBoot)"
    guard unsafe enricher_journal_write(mark) == 0 else {
      return .warning(check, "accepts no message", remedy: "systemctl restart systemd-journald")
    }
    let deadline = ContinuousClock.now + .seconds(3)
    repeat {
      if let text = try? journalMessage("_PID=\(getpid())", holding: mark), text == mark {
        return .ok(check, "keeps messages")
      }
      try? await Task.sleep(for: .milliseconds(20))
    } while ContinuousClock.now < deadline
    return .warning(
      check, "keeps no message of priority info: journalctl shows no line",
      remedy: "MaxLevelStore= and Storage= in journald.conf; is systemd-journald running?")
  }
}
