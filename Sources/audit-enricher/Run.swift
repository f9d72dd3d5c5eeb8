import ArgumentParser
import EnricherService
import LinuxSystem
import Logging
import Metrics
import MetricsEndpoint
import Settings

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs the service: live records become enriched lines until it is stopped.")

  @Option(.source) var source: String?
  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  @Option(.metricsListen) var metricsListen: String?
  @Option(.maxRecordsPerContainer) var maxRecordsPerContainer: String?
  @Option(.lines) var selectedLines: String?
  @Option(.record) var record: String?

  @Flag(help: "Only checks all settings, and shows each and where it was set.")
  var check = false

  // For the reload of the unit, where any output would appear in the journal among the records.
  @Flag(help: "With --check, shows nothing if all settings are valid.")
  var quiet = false

  func validate() throws {
    if quiet && !check { throw ValidationError("--quiet needs --check") }
  }

  func run() async throws {
    let sources = node.sources(
      lines.flags,
      [
        .source: source, .metricsListen: metricsListen,
        .maxRecordsPerContainer: maxRecordsPerContainer, .lines: selectedLines, .record: record,
      ])
    if check { return try report(sources.examine()) }
    let settings = try sources.read()
    try await failing {
      try OpenFileLimit.ensure()
      try await Enricher(
        settings: settings, connect: AuditEnricher.connect, reread: { try sources.read() },
        listen: { (address, metrics) async throws(MetricsListenFailure) in
          try await MetricsServer.listen(at: address, metrics).listener
        },
        log: AuditEnricher.log
      ).run()
    }
  }

  /// Shows each setting and where it was set, or all problems. A missing path is only a warning: it may exist when the service
  /// runs, such as a directory that its unit creates, or a runtime that starts later.
  private func report(_ reading: SettingsReader.Reading) throws {
    for missing in reading.missing { AuditEnricher.log.warning("\(missing)") }
    if let last = reading.problems.last {
      for problem in reading.problems.dropLast() { AuditEnricher.standardError.reportFailure("\(problem)") }
      throw last
    }
    guard !quiet else { return }
    let lines = reading.values.map { "\($0.setting.variable)=\($0.text)  # \($0.origin)".escaped }
    try AuditEnricher.show(lines.joined(separator: "\n"))
  }
}

/// Turns errors other than the parser's into failures whose message is their text.
func failing<Value>(_ body: () async throws -> Value) async throws -> Value {
  do { return try await body() } catch { throw Failed(message: "\(error)") }
}
