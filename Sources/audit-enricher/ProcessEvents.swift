import ArgumentParser
internal import ProcessEvents

/// Runs in a unit of its own, so that the service itself needs no capability.
struct ProcessEvents: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Switches the kernel's process events on or off for a service that is given their socket.")

  enum State: String, ExpressibleByArgument, CaseIterable { case on, off }

  @Argument var state: State

  func run() throws {
    do { try ProcessConnector.switchEvents(on: state == .on) } catch { throw Failed(message: "\(error)") }
  }
}
