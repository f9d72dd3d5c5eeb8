internal import Glibc
internal import LinuxSystem

extension Doctor {
  /// Whether lines can be written, as far as this process may.
  func output() -> Finding {
    let check = "output"
    if settings.format == .journald { return .ok(check, "entries of the journal") }
    guard settings.output != "-" else { return .ok(check, "standard output") }
    guard unsafe access(settings.output, W_OK) == 0 || errno == ENOENT else {
      return .failed(
        check, "\(settings.output) cannot be written", remedy: "change its owner or mode, or --output")
    }
    let directory = settings.output.directory
    var file = statvfs()
    guard unsafe statvfs(directory, &file) == 0 else {
      return .failed(
        check, "\(directory) is not there", remedy: "make the directory, or change --output")
    }
    // What a minute of a flood may need.
    let free = UInt64(file.f_bavail) * UInt64(file.f_frsize)
    guard free >= 1 << 30 else {
      return .warning(
        check, "\(settings.output), with \(free >> 20) MiB free where it is",
        remedy:
          "make room, or have logrotate do it more often: where a line cannot be written the service ends")
    }
    return .ok(check, settings.output)
  }
}
