import ArgumentParser
import NodeTools

struct Containers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the containers that the container runtime knows.")

  @Flag(help: "Prints a JSON array.")
  var json = false

  @OptionGroup var node: NodeOptions

  func run() async throws {
    let settings = try node.settings()
    let list = try await failing {
      try await ContainerList(settings: settings, connect: AuditEnricher.connect)
    }
    try AuditEnricher.show(json ? list.json() : list.table())
  }
}
