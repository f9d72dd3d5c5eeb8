package import ContainerRuntime
internal import Recorder
internal import ServiceLifecycle
package import Settings

/// Asks the container runtime once for each recorded container which filter it has, and with which privileges it runs. Recordings do not wait
/// for the answer: without it they lack only that.
package struct ContainerInspector: Service {
  private let recordings: RecordingWriter
  private let runtime: @Sendable () -> Settings.Runtime
  private let connect: RuntimeConnector

  /// `runtime` is the one to ask at a time.
  package init(
    _ recordings: RecordingWriter, runtime: @escaping @Sendable () -> Settings.Runtime,
    connect: @escaping RuntimeConnector
  ) {
    self.recordings = recordings
    self.runtime = runtime
    self.connect = connect
  }

  /// The pause after a request without an answer, doubled each time. After the last one the containers are given up.
  private static let pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      for await containers in recordings.newContainers { await inspect(containers) }
    }
  }

  private func inspect(_ containers: [RecorderUpdate.Container]) async {
    for pause in Self.pauses {
      if let descriptions = await descriptions(of: containers) {
        return recordings.add(descriptions)
      }
      guard (try? await Task.sleep(for: pause)) != nil else { return }
    }
  }

  /// Nil if no runtime answers.
  private func descriptions(
    of containers: [RecorderUpdate.Container]
  ) async -> [RecorderUpdate.Description]? {
    let runtime = runtime()
    guard runtime != .none else { return [] }
    let ids = containers.map(\.containerID)
    let answer = try? await runtime.ask(connect, isGood: { !$0.1.isEmpty }) {
      (client) async throws(CRIError) in
      (try await client.version(), try await client.reports(of: ids, withLabels: true))
    }
    guard let (version, reports) = answer?.answer else { return nil }
    return containers.compactMap { container in
      reports[container.containerID].map {
        RecorderUpdate.Description(
          of: container.subject, $0, runtime: String("\(version.name) \(version.version)".prefix(128)))
      }
    }
  }
}
