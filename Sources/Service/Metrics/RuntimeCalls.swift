package import ContainerRuntime
internal import Synchronization

/// Counts how the container runtime has answered.
package final class RuntimeCalls: Sendable {
  struct Counts: Sendable {
    /// The number of calls by result: `ok`, or a kind of error.
    var results: [String: UInt64] = [:]
    /// Whether the last call was answered; nil before the first.
    var isUp: Bool?
    /// The number of calls that took no longer than each of `bounds`, and the number of all calls.
    var buckets = [UInt64](repeating: 0, count: bounds.count + 1)
    var seconds = 0.0

    /// In seconds. A call is abandoned after 5 or 15 seconds, and there may be several runtimes to ask.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30]
  }

  private let state = Mutex(Counts())

  package init() {}

  var counts: Counts { state.withLock(\.self) }

  package func add(_ result: Result<some Any, CRIError>, took duration: Duration) {
    let seconds = duration / .seconds(1)
    let name =
      switch result {
      case .success: "ok"
      case .failure(let error): error.kind.rawValue
      }
    state.withLock { counts in
      counts.results[name, default: 0] += 1
      counts.isUp = name == "ok"
      counts.seconds += seconds
      let bucket = Counts.bounds.firstIndex { seconds <= $0 } ?? Counts.bounds.count
      counts.buckets[bucket] += 1
    }
  }
}
