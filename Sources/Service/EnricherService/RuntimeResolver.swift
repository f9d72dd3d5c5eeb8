internal import ContainerRuntime
internal import Enrichment
internal import Logging
internal import Metrics
internal import ServiceLifecycle
internal import ServiceLog
internal import Settings
internal import Synchronization

/// Asks the container runtime whenever the pipeline needs its containers, one request at a time. A failed request is repeated,
/// with growing pauses: the service may start before the runtime does.
final class RuntimeResolver: Service {
  private struct Question {
    var runtime: Settings.Runtime
    /// The labels and annotations that are needed.
    var keys: PodMetadata.Keys
  }

  private let question: Mutex<Question>
  private let connect: RuntimeConnector
  private let threadInbox: ThreadInbox
  /// For metrics.
  let calls = RuntimeCalls()
  private let log: Logger
  /// Requests that arrive while the runtime is being asked are merged into one further request.
  let inbox = TaskInbox()

  /// The pause after a failed request, doubled each time from the first to the last value.
  private static let firstPause = Duration.seconds(1)
  private static let lastPause = Duration.seconds(30)
  /// The maximum duration of a request to one of the runtimes that may exist, in seconds.
  private static let maxRequestTime: Int64 = 15

  init(
    runtime: Settings.Runtime, keeping keys: PodMetadata.Keys, connect: @escaping RuntimeConnector,
    threadInbox: ThreadInbox, log: Logger
  ) {
    question = Mutex(Question(runtime: runtime, keys: keys))
    self.connect = connect
    self.threadInbox = threadInbox
    self.log = log
  }

  /// Requests the containers. The answer arrives as a message in the inbox of the record thread.
  func ask() { inbox.request() }

  /// The runtime that is asked.
  var runtime: Settings.Runtime { question.withLock(\.runtime) }

  /// Replaces the runtime, and the labels and annotations that are needed, from now on.
  func use(_ runtime: Settings.Runtime, keeping keys: PodMetadata.Keys) {
    question.withLock { $0 = Question(runtime: runtime, keys: keys) }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      var answered: Bool?
      // The reports are limited, for a runtime that keeps appearing and disappearing.
      var changes = ReportLimit(maxCount: 10)
      var changeCount: UInt64 = 0
      var pause = Self.firstPause
      var again: Task<Void, Never>?
      defer { again?.cancel() }
      for await _ in inbox.wakeups {
        guard inbox.receiveRequest() else { continue }
        again?.cancel()
        let question = question.withLock(\.self)
        let runtime = question.runtime
        if runtime == .none { continue }
        let (asked, askedAt) = (ContinuousClock.now, ClockReading.now.sinceBoot)
        let containers: Answer
        do throws(CRIError) {
          containers = .success(
            try await inbox.busy(seconds: Self.maxRequestTime * Int64(runtime.candidates.count)) {
              () async throws(CRIError) in
              try await runtime.containers(keeping: question.keys, connect)
            })
        } catch {
          containers = .failure(error)
        }
        calls.add(containers, took: ContinuousClock.now - asked)
        if Task.isCancelled { break }
        let isChange = answered != containers.isSuccess
        if isChange { changeCount += 1 }
        answered = containers.isSuccess
        if isChange, changes.due(of: changeCount, at: askedAt) != nil { report(containers) }
        threadInbox.post { $0.answers.append((containers.map(\.answer), askedAt)) }
        if answered == true {
          pause = Self.firstPause
        } else {
          again = Task { [pause] in
            try? await Task.sleep(for: pause)
            if !Task.isCancelled { ask() }
          }
          pause = min(pause * 2, Self.lastPause)
        }
      }
    }
  }

  /// Reports an answer that differs from the last one.
  private func report(_ answer: Answer) {
    switch answer {
    case .success(let (endpoint, containers)):
      log.info(
        "the container runtime answers",
        metadata: ["endpoint": "\(endpoint)", "containers": "\(containers.count)"])
    case .failure(let error):
      log.report(.noRuntimeAnswer, "\(error); containers have no names until it answers")
    }
  }

  private typealias Answer = Result<(endpoint: RuntimeEndpoint, answer: [ContainerIdentity]), CRIError>
}

extension Result {
  fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
