import ArgumentParser
import NodeTools
import SeccompProbe
import ServiceLog

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Starts a process under a real LOG filter and shows its lines, live.")

  @OptionGroup var lines: LineOptions
  @OptionGroup var node: NodeOptions

  func run() async throws {
    let settings = try node.settings(lines.flags)
    switch try await failing({ try await Demo(settings: settings).run() }) {
    case .live(let lines):
      StandardError.write("These \(lines) lines are of a process that this kernel logged just now.")
    case .sample(let reason):
      StandardError.write("This is a built-in sample, because no live record could be obtained: \(reason)")
    }
  }
}

/// The child process of `demo` and `doctor`. Not for users.
struct ProbeChild: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: SeccompProbe.command, shouldDisplay: false)

  func run() { SeccompProbe.runChild() }
}
