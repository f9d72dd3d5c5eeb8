import ArgumentParser
import EnricherService

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The service: live records to enriched lines, until stopped.")

  @Option(
    help: ArgumentHelp(
      "auto (the socket handed over by systemd, else multicast), multicast, unicast or a file. (default: auto)",
      valueName: "source"))
  var source: String?

  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  @Option(help: ArgumentHelp("none: this version has no metrics. (default: none)", valueName: "address"))
  var metricsListen: String?

  func run() async throws {
    let settings = try node.settings(
      lines.flags, [.source: source, .metricsListen: metricsListen])
    try await failing {
      try await Enricher(settings: settings, connect: AuditEnricher.connect, log: AuditEnricher.log).run()
    }
  }
}

/// Errors that are not the parser's: their text is the message.
func failing<Value>(_ body: () async throws -> Value) async throws -> Value {
  do { return try await body() } catch { throw Failed(message: "\(error)") }
}
