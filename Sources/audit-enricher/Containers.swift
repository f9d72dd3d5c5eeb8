import ArgumentParser
import NodeTools

struct Containers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Lists the containers that the container runtime knows, what their seccomp filters do, and whether their calls are recorded."
  )

  @Flag(help: "Prints a JSON array.")
  var json = false

  @OptionGroup var node: NodeOptions

  func run() async throws {
    let settings = try node.settings()
    // Without a service that records there are none.
    let recordings = (try? NodeRecordings.contents().recordings) ?? []
    let list = try await failing {
      try await ContainerList(settings: settings, recordings: recordings, connect: AuditEnricher.connect)
    }
    try AuditEnricher.show(json ? list.json() : list.table())
  }
}
