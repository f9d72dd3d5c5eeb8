import EnricherService
import Enrichment
import EnrichedLog
import Glibc
import LinuxSystem
import Metrics
import ProfileTools
import ServiceLog
import Settings
import Snapshots

/// Enriches the records of logs that are among lines. They are collected first, in a file, and then replayed.
struct LogEnrichment {
  /// The path of the snapshot of the node that made the records.
  var snapshot: String

  /// Reads inputs with `read`. What it passes on becomes lines of the inputs.
  func read(
    _ read: @escaping @Sendable (ProfileInputs.RecordSink) throws -> ProfileInputs
  ) async throws -> ProfileInputs {
    let node = try await failing { try NodeSnapshot(path: snapshot) }
    let directory = AuditEnricher.environment["TMPDIR"] ?? "/tmp"
    let (inputs, records) = try await failing {
      try await OwnThread.run(named: "lines") { () throws -> (ProfileInputs, Int32?) in
        var spool = try RecordSpool(in: directory)
        let inputs = try read { record in try spool.append(record) }
        return (inputs, try spool.finish())
      }
    }
    guard let records else { return inputs }
    defer { close(records) }
    return try await replay("/proc/self/fd/\(records)", of: node, into: inputs)
  }

  /// The replay writes to a pipe, which another thread reads.
  private func replay(
    _ path: String, of node: NodeSnapshot, into inputs: ProfileInputs
  ) async throws -> ProfileInputs {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      throw Failed(message: "cannot open a pipe (see 'ulimit -n')")
    }
    let (reading, writing) = (ends[0], ends[1])
    var settings = Settings()
    (settings.format, settings.fields, settings.output) = (.json, .full, "/proc/self/fd/\(writing)")
    (settings.node, settings.runtime) = (node.node, .none)
    let settled = settings
    async let all = OwnThread.run(named: "lines") { () throws -> ProfileInputs in
      // Without a reader the replay fails, and does not wait.
      defer { close(reading) }
      var inputs = inputs
      try inputs.read("/proc/self/fd/\(reading)")
      return inputs
    }
    let replayed: Result<Counters, any Error>
    do {
      replayed = .success(
        try await Enricher(settings: settled, connect: AuditEnricher.connect, log: AuditEnricher.log)
          .replay(.files([path]), snapshots: [node]))
    } catch { replayed = .failure(error) }
    close(writing)
    // If reading failed, the replay failed because of that.
    let read: ProfileInputs
    do { read = try await all } catch { throw Failed(message: "\(error)") }
    let counters = try await failing { try replayed.get() }
    StandardError.write("\(counters.summary)")
    for explanation in counters.unread.explanations { StandardError.write(explanation) }
    return read
  }
}
