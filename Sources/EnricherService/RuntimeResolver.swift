internal import ContainerRuntime
internal import Logging
internal import ServiceLifecycle
internal import Settings
internal import Synchronization

/// Asks the container runtime whenever the pipeline wants its containers, one question at a time. Where it does not answer it is
/// asked again, ever more rarely: a node's service may begin before its runtime does.
final class RuntimeResolver: Service {
  private let runtime: Mutex<Settings.Runtime>
  private let connect: RuntimeConnector
  private let mailbox: Mailbox
  /// For metrics.
  let calls = RuntimeCalls()
  private let log: Logger
  private let requests: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  /// Between two questions in vain: doubled from the first to the last.
  private static let firstPause = Duration.seconds(1)
  private static let lastPause = Duration.seconds(30)

  init(runtime: Settings.Runtime, connect: @escaping RuntimeConnector, mailbox: Mailbox, log: Logger) {
    self.runtime = Mutex(runtime)
    self.connect = connect
    self.mailbox = mailbox
    self.log = log
    // Whoever asks while a question is under way is answered by the next one, all of them by that one.
    (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Requests the containers. The answer comes by mail.
  func ask() { continuation.yield() }

  /// Asks this one from now on.
  func use(_ new: Settings.Runtime) { runtime.withLock { $0 = new } }

  func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      var answered: Bool?
      var pause = Self.firstPause
      var again: Task<Void, Never>?
      defer { again?.cancel() }
      for await _ in requests {
        again?.cancel()
        let runtime = runtime.withLock(\.self)
        if runtime == .none { continue }
        let (asked, askedAt) = (ContinuousClock.now, Moment.now.sinceBoot)
        let containers: Answer
        do throws(CRIError) { containers = .success(try await runtime.containers(connect)) } catch {
          containers = .failure(error)
        }
        calls.add(containers, took: ContinuousClock.now - asked)
        if Task.isCancelled { break }
        answer(containers, asked: askedAt, after: &answered)
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

  /// Passes an answer on, and tells operators where it is other than the last one.
  private func answer(_ answer: Answer, asked: Int64, after answered: inout Bool?) {
    switch answer {
    case .success(let (endpoint, containers)):
      if answered != true {
        log.info(
          "the container runtime answers",
          metadata: ["endpoint": "\(endpoint)", "containers": "\(containers.count)"])
      }
      answered = true
    case .failure(let error):
      if answered != false { log.tell(.noRuntimeAnswer, "\(error); container names come when it answers") }
      answered = false
    }
    mailbox.post { $0.answers.append((answer.map(\.answer), asked)) }
  }

  private typealias Answer = Result<(endpoint: RuntimeEndpoint, answer: [ContainerIdentity]), CRIError>
}
