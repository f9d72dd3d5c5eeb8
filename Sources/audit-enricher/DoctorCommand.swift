import ArgumentParser
import Doctor
import MetricsEndpoint
import Settings

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Checks whether records will arrive, be attributed and be written, and shows what to do if not."
  )

  @Flag(help: "Prints a JSON object.")
  var json = false

  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  @Option(
    help: ArgumentHelp(
      "The address of the service's metrics, if its unit does not set it: HOST:PORT, unix:PATH or none.",
      valueName: "address"))
  var metricsListen: String?

  func run() async throws {
    let findings = try await findings()
    try AuditEnricher.show(json ? Doctor.json(findings) : Doctor.text(findings))
    let failed = findings.filter { $0.verdict == .failed }
    if !failed.isEmpty {
      throw Failed(message: "\(failed.map(\.check).joined(separator: ", ")): see above")
    }
  }

  private func findings() async throws -> [Doctor.Finding] {
    let settings: Settings
    do {
      settings = try node.settings(lines.flags, [.metricsListen: metricsListen])
    } catch let error as SettingsReader.Invalid where !error.isUsage {
      // With invalid settings the service does not run either.
      return [
        .failed(
          "configuration", error.description,
          remedy: "'audit-enricher run --check' lists everything that is wrong")
      ]
    }
    return await Doctor(
      settings: settings, connect: AuditEnricher.connect, fetch: { try await MetricsClient.page(at: $0) }
    ).examine()
  }
}
