internal import EnrichedLog
internal import Enrichment
internal import LinuxSystem
package import Logging
package import Metrics
package import Recorder
package import Recordings
internal import ServiceLifecycle
internal import ServiceLog
internal import Synchronization
internal import SystemPackage

/// Keeps the node's recordings in files. It has its own thread, because a disk may be slow, or full: then records are read all the same. The
/// watchdog does not wait for it, for the same reason.
package final class RecordingWriter: Service {
  package let counts = RecordingCounts()
  private let path: String
  private let node: String
  private let log: Logger
  private let book = Mutex<RecordingBook?>(nil)
  private let inbox = Mutex(Inbox())
  private let wake = WakeEvent()
  /// Containers that were recorded for the first time, as long as somebody asks the runtime for more. The oldest are dropped first.
  package let newContainers: AsyncStream<[RecorderUpdate.Container]>
  private let containers: AsyncStream<[RecorderUpdate.Container]>.Continuation

  private struct Inbox {
    var updates: [RecorderUpdate] = []
    var stop = false
  }

  /// More updates would only use memory: the recorder counts on.
  private static let maxPending = 4
  /// How long counts that are nothing new wait, and the pause after a failure, in milliseconds.
  private static let (pause, retryPause): (Int64, Int64) = (60_000, 10_000)

  package init(path: String, node: String, log: Logger) {
    self.path = path
    self.node = node
    self.log = log
    (newContainers, containers) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
  }

  /// Reads the files of former runs, unless that was done already, and returns whose recordings they are. Unless the recorder's memory is
  /// that of the last run, what ran then is no longer complete. Call it before the first update, and only if there is something to record:
  /// the directory may be that of another service.
  package func load(hasMemory: Bool) -> Set<RecordingSubject> {
    guard book.withLock({ $0 == nil }) else { return [] }
    var recordings: [Recording] = []
    do throws(Errno) {
      let directory = try RecordingDirectory(path: path)
      let contents = try directory.read(maxCount: RecorderMemory.maxRecordings)
      recordings = contents.recordings
      if contents.isTooLarge {
        log.warning(
          "there are more recordings than one node may have: remove some", metadata: ["directory": "\(path)"])
      }
      for (path, reason) in contents.damaged {
        log.error(
          "a damaged recording is set aside",
          metadata: ["file": "\(path.joined(separator: "/").escaped).bad", "reason": "\(reason)"])
        try? directory.setAside(path)
      }
    } catch {
      // It is made when there is something to write.
      if error != .noSuchFileOrDirectory {
        log.error("cannot read the recordings in \(path): \(String(describing: error).lowercased())")
      }
    }
    let book = RecordingBook(
      recordings, node: node, hasMemory: hasMemory, at: ClockReading.now.epochMilliseconds)
    self.book.withLock { $0 = book }
    counts.update { $0.complete = book.completeCount }
    // The thread may wait already, and what has changed by the restart is to be written.
    wake.signal()
    return Set(recordings.map(\.subject))
  }

  /// Whether an update can be posted. Otherwise the disk is slow, and the recorder should count on.
  package var acceptsUpdates: Bool { inbox.withLock { $0.updates.count < Self.maxPending } }

  package func post(_ update: RecorderUpdate) {
    if !update.containers.isEmpty { containers.yield(update.containers) }
    inbox.withLock { $0.updates.append(update) }
    wake.signal()
  }

  /// Adds what the runtime reports of containers.
  package func add(_ descriptions: [RecorderUpdate.Description]) {
    let now = ClockReading.now.epochMilliseconds
    book.withLock { book in for description in descriptions { book?.describe(description, at: now) } }
    wake.signal()
  }

  package func run() async throws {
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await OwnThread.run(named: "recordings") { [self] in write() }
    } onCancelOrGracefulShutdown: { [self] in
      inbox.withLock { $0.stop = true }
      wake.signal()
    }
  }

  // MARK: The thread

  private func write() {
    var nextAll = ClockReading.now.sinceBoot + Self.pause
    var retry: Int64?
    var refused = ReportLimit()
    var refusedCount: UInt64 = 0
    while true {
      let message = inbox.withLock { inbox in
        defer { inbox.updates = [] }
        return inbox
      }
      for update in message.updates {
        book.withLock { $0?.apply(update) }
        refusedCount += update.refused
      }
      let now = ClockReading.now.sinceBoot
      if refused.due(of: refusedCount, at: now) != nil {
        log.warning(
          "containers are not recorded: there are \(RecorderMemory.maxRecordings) recordings, or their names are not allowed in Kubernetes",
          metadata: ["containers": "\(refusedCount)", "directory": "\(path)"])
      }
      let isEnd = message.stop
      if isEnd || now >= retry ?? 0 {
        let isAll = isEnd || now >= nextAll
        if isAll { nextAll = now + Self.pause }
        let changed = book.withLock { (isAll ? $0?.drainAll() : $0?.drainNew()) ?? [] }
        let failure = write(changed)
        report(failure, isFirst: retry == nil)
        retry = failure == nil ? nil : now + Self.retryPause
      }
      if isEnd { return }
      let hasCounts = book.withLock { $0?.hasCounts == true }
      let next = earlier(retry, hasCounts ? nextAll : nil)
      _ = wake.wait(milliseconds: next.map { Int32(clamping: max(0, $0 - now) + 1) } ?? -1)
    }
  }

  /// Writes recordings. Those that could not be written are tried again later.
  private func write(_ recordings: [Recording]) -> Errno? {
    guard !recordings.isEmpty else { return nil }
    var failure: Errno?
    do throws(Errno) {
      let directory = try RecordingDirectory(path: path, mayBeMissing: true)
      for recording in recordings {
        do throws(Errno) { try directory.write(recording) } catch {
          failure = error
          retry(recording)
        }
      }
    } catch {
      failure = error
      for recording in recordings { retry(recording) }
    }
    let complete = book.withLock { $0?.completeCount ?? 0 }
    counts.update { $0.complete = complete }
    return failure
  }

  private func retry(_ recording: Recording) {
    book.withLock { $0?.retry(recording.subject) }
    counts.update { $0.failures += 1 }
  }

  private func report(_ failure: Errno?, isFirst: Bool) {
    if let failure, isFirst {
      log.error(
        "cannot write recordings to \(path): \(String(describing: failure).lowercased()); trying again",
        metadata: ["seconds": "\(Self.retryPause / 1000)"])
    } else if failure == nil, !isFirst {
      log.notice("recordings can be written again", metadata: ["directory": "\(path)"])
    }
  }
}
