import ArgumentParser
import EnricherService
import Enrichment
import ServiceLog
import Snapshots

struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Enriches the records of logs: audit.log, kernel log, syslog, files also gzipped.")

  @Argument(help: ArgumentHelp("Log files; - is standard input.", valueName: "file"), completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "A snapshot of the node that wrote the log, to be used instead of this machine.", valueName: "file"),
    completion: .file())
  var snapshot: String?

  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  func run() async throws {
    var settings = try node.settings(lines.flags)
    var nodeSnapshot: NodeSnapshot?
    if let snapshot {
      let taken = try await failing { try NodeSnapshot(path: snapshot) }
      // The log comes from the snapshot's node.
      if !settings.isNodeConfigured { settings.node = taken.node }
      nodeSnapshot = taken
    }
    let (settled, known) = (settings, nodeSnapshot)
    let counters = try await failing {
      try await Enricher(settings: settled, connect: AuditEnricher.connect, log: AuditEnricher.log)
        .replay(files, snapshot: known)
    }
    StandardError.write("\(counters.summary)")
    for explanation in counters.unread.explanations { StandardError.write(explanation) }
  }
}
