package import ServiceLifecycle

/// A part of the service, which runs as long as the service does. Where it ends before, the service ends with an error: there is no
/// state in which it runs on half dead.
package struct ServicePart: Service {
  /// For messages: what it does.
  let name: String
  let service: any Service

  package init(name: String, service: any Service) {
    self.name = name
    self.service = service
  }

  /// It should have run on.
  package struct Ended: Error, CustomStringConvertible {
    var part: String
    package var description: String { "\(part) ended by itself, and with it the service: start it anew" }
  }

  package func run() async throws {
    try await service.run()
    guard Task.isShuttingDownGracefully || Task.isCancelled else { throw Ended(part: name) }
  }

  /// For the group of all parts. A part that fails has the others end in order, with their threads.
  package var configuration: ServiceGroupConfiguration.ServiceConfiguration {
    .init(
      service: self, successTerminationBehavior: .gracefullyShutdownGroup,
      failureTerminationBehavior: .gracefullyShutdownGroup)
  }
}
