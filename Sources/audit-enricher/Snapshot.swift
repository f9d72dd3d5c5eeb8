import ArgumentParser
import Enrichment
import NodeTools

struct Snapshot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the node's containers and processes as JSON, to replay its log elsewhere.")

  @OptionGroup var node: NodeOptions

  @Option(name: .customLong("node"), help: "The machine's name. (default: $NODE_NAME, else the host name)")
  var nodeName: String?

  func run() async throws {
    let settings = try node.settings([.node: nodeName])
    try AuditEnricher.show(
      try await failing { try await settings.snapshot(connect: AuditEnricher.connect).json() })
  }
}
