internal import ContainerRuntime
internal import Enrichment
internal import Logging
internal import Metrics
internal import ServiceLifecycle
internal import ServiceLog
internal import Settings
internal import Synchronization

/// Asks the container runtime whenever the pipeline wants its containers, one question at a time. Where it does not answer it is
/// asked again, ever more rarely: a node's service may begin before its runtime does.
final class RuntimeResolver: Service {
  private let runtime: Mutex<Settings.Runtime>
  private let connect: RuntimeConnector
  private let threadInbox: ThreadInbox
  /// For metrics.
  let calls = RuntimeCalls()
  private let log: Logger
  /// Whoever asks while a question is under way is answered by the next one, all of them by that one.
  let inbox = TaskInbox()

  /// Between two questions in vain: doubled from the first to the last.
  private static let firstPause = Duration.seconds(1)
  private static let lastPause = Duration.seconds(30)
  /// Seconds that one question takes at most: of each runtime that may be there 15.
  private static let maxQuestion: Int64 = 60

  init(runtime: Settings.Runtime, connect: @escaping RuntimeConnector, threadInbox: ThreadInbox, log: Logger)
  {
    self.runtime = Mutex(runtime)
    self.connect = connect
    self.threadInbox = threadInbox
    self.log = log
  }

  /// Requests the containers. The answer comes by mail.
  func ask() { inbox.request() }

  /// Asks this one from now on.
  func use(_ new: Settings.Runtime) { runtime.withLock { $0 = new } }

  func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      var answered: Bool?
      // One that is there and is not, in turn.
      var changes = ReportLimit(maxCount: 10)
      var changeCount: UInt64 = 0
      var pause = Self.firstPause
      var again: Task<Void, Never>?
      defer { again?.cancel() }
      for await _ in inbox.wakeups {
        guard inbox.takeRequest() else { continue }
        again?.cancel()
        let runtime = runtime.withLock(\.self)
        if runtime == .none { continue }
        let (asked, askedAt) = (ContinuousClock.now, ClockReading.now.sinceBoot)
        let containers: Answer
        do throws(CRIError) {
          containers = .success(
            try await inbox.busy(seconds: Self.maxQuestion) { () async throws(CRIError) in
              try await runtime.containers(connect)
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

  /// Reports an answer that is other than the last one.
  private func report(_ answer: Answer) {
    switch answer {
    case .success(let (endpoint, containers)):
      log.info(
        "the container runtime answers",
        metadata: ["endpoint": "\(endpoint)", "containers": "\(containers.count)"])
    case .failure(let error):
      log.report(.noRuntimeAnswer, "\(error); container names come when it answers")
    }
  }

  private typealias Answer = Result<(endpoint: RuntimeEndpoint, answer: [ContainerIdentity]), CRIError>
}

extension Result {
  fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
