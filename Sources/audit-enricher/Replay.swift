import ArgumentParser
import EnricherService
import Enrichment
import JournalSource
import LogLines
import ServiceLog
import Snapshots

struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Enriches the records of logs: audit.log, kernel log, syslog, journal, files also compressed.")

  @Argument(help: ArgumentHelp("Log files; - is standard input.", valueName: "file"), completion: .file())
  var files: [String] = []

  @OptionGroup var journal: JournalOptions

  @Option(
    help: ArgumentHelp(
      "Whose lines are records: those that are the kernel's or auditd's (kernel), or also those that any program can write, such as a container's log (any).",
      valueName: "origin"))
  var trust: OriginTrust?

  @Option(
    help: ArgumentHelp(
      "A snapshot of the node that wrote the log, to be used instead of this machine. Several may be given, one for each node.",
      valueName: "file"),
    completion: .file())
  var snapshot: [String] = []

  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  func validate() throws {
    guard journal.isRead || !files.isEmpty else {
      throw ValidationError(
        "missing argument '<file> ...': name a log, - for standard input, or use --journal")
    }
    guard journal.isRead else { return try journal.validateUnused() }
    guard files.isEmpty else { throw ValidationError("--journal reads no files: name one, or use --journal") }
    guard trust == nil else {
      throw ValidationError("--trust is for files: the journal itself states from where a message came")
    }
  }

  func run() async throws {
    var settings = try node.settings(lines.flags)
    let snapshots = try await snapshots()
    if let first = snapshots.first, !settings.isNodeConfigured {
      // The log comes from the snapshot's node. If there are several, a line that names none may be of any.
      settings.node = snapshots.count == 1 ? first.node : ""
    }
    let settled = settings
    let input =
      try journal.isRead ? .journal(journal.query()) : ReplayInput.files(files, trust: trust ?? .kernel)
    let counters = try await failing {
      try await Enricher(settings: settled, connect: AuditEnricher.connect, log: AuditEnricher.log)
        .replay(input, snapshots: snapshots)
    }
    StandardError.write("\(counters.summary)")
    for explanation in counters.unread.explanations { StandardError.write(explanation) }
    guard counters.isUnreadable else { return }
    throw Failed(message: "no record could be read, although the log has lines that look like records")
  }

  private func snapshots() async throws -> [NodeSnapshot] {
    var snapshots: [NodeSnapshot] = []
    for path in snapshot {
      let new = try await failing { try NodeSnapshot(path: path) }
      guard !snapshots.contains(where: { $0.node == new.node }) else {
        throw Failed(message: "two snapshots are of the node \(new.node) (give one for each node)")
      }
      snapshots.append(new)
    }
    return snapshots
  }
}

extension OriginTrust: ExpressibleByArgument {}
