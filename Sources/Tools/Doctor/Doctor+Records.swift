internal import AuditSource
internal import Enrichment
internal import Glibc
internal import SeccompProbe
internal import Settings

extension Doctor {
  /// How long the probe stays alive after its records have arrived, in microseconds.
  private static let probeLifetime: useconds_t = 300_000

  /// Checks whether a record that is created now arrives.
  static func recordsArrive(_ settings: Settings) -> [Finding] {
    var source: MulticastSource
    do throws(SourceError) { source = try MulticastSource(types: [.seccomp]) } catch {
      return [.failed("multicast group", error.failure, remedy: remedy(error))]
    }
    let buffer = source.receiveBuffer ?? 0
    let enough = buffer >= Int64(MulticastSource.wantedReceiveBuffer)
    let joined = "joined; receive buffer \(buffer >> 10) KiB"
    return [
      enough
        ? .ok("multicast group", joined)
        : .warning(
          "multicast group", joined,
          remedy: "needs CAP_NET_ADMIN, a socket unit, or a larger net.core.rmem_max: a flood may overrun it"),
      recordsArrive(&source),
    ]
  }

  private static func recordsArrive(_ source: inout MulticastSource) -> Finding {
    let check = "records"
    do throws(SourceError) {
      let probe = try SeccompProbe()
      var batch = RecordBatch()
      let deadline = ClockReading.now.sinceBoot + 3000
      let mark = " pid=\(probe.pid) "
      while ClockReading.now.sinceBoot < deadline {
        source.wait(milliseconds: 100)
        _ = try source.read(into: &batch)
        for index in 0..<batch.count where batch.text(at: index).contains(mark) {
          // A running service reads the same records, perhaps later, and must find the process alive.
          usleep(probeLifetime)
          return .ok(check, "a process under a LOG filter makes records that arrive")
        }
      }
      return .failed(
        check, "a process under a LOG filter made records, and none arrived",
        remedy: "see the network and PID namespace, actions_logged and the exclude rules above")
    } catch {
      return .failed(check, "cannot be tested: \(error.failure)", remedy: remedy(error))
    }
  }
}
