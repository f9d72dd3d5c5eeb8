import ArgumentParser
import JournalSource

/// Which entries of the systemd journal are read.
struct JournalOptions: ParsableArguments {
  @Flag(name: .customLong("journal"), help: "Read the systemd journal instead of files.")
  var isRead = false

  @Option(
    help: ArgumentHelp(
      "With --journal: only entries of this time or later, as for journalctl, such as '2026-05-16 08:13:07', yesterday, -2h.",
      valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("With --journal: only entries before this time.", valueName: "time"))
  var until: String?

  @Option(
    help: ArgumentHelp(
      "With --journal: only entries of this boot, an ID of 'journalctl --list-boots'.", valueName: "id"))
  var boot: String?

  @Option(
    help: ArgumentHelp(
      "With --journal: the directory with the journal files, such as a copy from another machine. (default: this machine's)",
      valueName: "directory"),
    completion: .directory)
  var directory: String?

  /// Fails if an option is given that needs `--journal`.
  func validateUnused() throws {
    for (name, value) in [("since", since), ("until", until), ("boot", boot), ("directory", directory)]
    where value != nil {
      throw ValidationError("--\(name) needs --journal")
    }
  }

  func query() throws -> JournalQuery {
    var query = JournalQuery()
    query.since = try time(since, "--since")
    query.until = try time(until, "--until")
    query.directory = directory
    if let boot {
      guard let id = JournalQuery.boot(boot) else {
        throw ValidationError(
          "--boot '\(boot)' is no boot's ID: 32 hexadecimal digits (see 'journalctl --list-boots')")
      }
      query.boot = id
    }
    return query
  }

  private func time(_ text: String?, _ option: String) throws -> UInt64? {
    guard let text else { return nil }
    guard let time = JournalTime.parse(text) else {
      throw ValidationError(
        "\(option) '\(text)' is no time, such as '2026-05-16 08:13:07', yesterday, -2h or @1715847187")
    }
    return time
  }
}
