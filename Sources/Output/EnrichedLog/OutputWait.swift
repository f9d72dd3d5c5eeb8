internal import LinuxSystem
internal import Synchronization

/// Whether lines wait for whoever takes them. That is no fault of the one who writes, and may last for ever.
///
/// The process has one output, which one thread writes to.
package enum OutputWait {
  /// Since when: milliseconds of the monotonic clock, or 0 if nothing waits.
  private static let since = Atomic<Int64>(0)

  /// Milliseconds for which what was given to the output has not been taken; 0 if nothing waits.
  package static var milliseconds: Int64 {
    let since = since.load(ordering: .relaxed)
    return since == 0 ? 0 : max(1, now - since)
  }

  /// Runs what gives something to the output.
  @inline(__always)
  static func during<Value>(_ body: () -> Value) -> Value {
    since.store(now, ordering: .relaxed)
    defer { since.store(0, ordering: .relaxed) }
    return body()
  }

  private static var now: Int64 { KernelClock.monotonic / 1_000_000 }
}
