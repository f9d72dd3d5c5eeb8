package import ServiceLifecycle

/// A part of the service, which runs as long as the service does. If a part ends early, the service ends with an error, so that
/// it never continues with a part missing.
package struct ServicePart: Service {
  /// What the part does, for messages.
  let name: String
  let service: any Service

  package init(name: String, service: any Service) {
    self.name = name
    self.service = service
  }

  /// The part ended although it should have continued.
  package struct Ended: Error, CustomStringConvertible {
    var part: String
    package var description: String { "\(part) ended unexpectedly, which ends the service: restart it" }
  }

  package func run() async throws {
    try await service.run()
    guard Task.isShuttingDownGracefully || Task.isCancelled else { throw Ended(part: name) }
  }

  /// The configuration for the service group. If a part fails, the other parts and their threads are shut down in order.
  package var configuration: ServiceGroupConfiguration.ServiceConfiguration {
    .init(
      service: self, successTerminationBehavior: .gracefullyShutdownGroup,
      failureTerminationBehavior: .gracefullyShutdownGroup)
  }
}
