import ArgumentParser
import EnricherService
import MetricsEndpoint

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says whether records will arrive, be attributed and be written, and what to do if not.")

  @Flag(help: "As a JSON object.")
  var json = false

  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  @Option(
    help: ArgumentHelp(
      "Where the service's metrics are, if its unit does not say so: HOST:PORT, unix:PATH or none.",
      valueName: "address"))
  var metricsListen: String?

  func run() async throws {
    let settings = try node.settings(lines.flags, [.metricsListen: metricsListen])
    let findings = await Doctor(
      settings: settings, connect: AuditEnricher.connect, fetch: { try await MetricsClient.page(at: $0) }
    ).examine()
    try AuditEnricher.show(json ? Doctor.json(findings) : Doctor.text(findings))
    let failed = findings.filter { $0.verdict == .failed }
    if !failed.isEmpty {
      throw Failed(message: "\(failed.map(\.check).joined(separator: ", ")): see above")
    }
  }
}
