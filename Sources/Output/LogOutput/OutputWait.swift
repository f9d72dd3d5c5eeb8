internal import LinuxSystem
internal import Synchronization

/// Whether the output is waiting for its reader. Such a wait is not an error of this program and may last forever.
///
/// The process has one output, to which one thread writes.
package enum OutputWait {
  /// The start of the wait, in milliseconds of the monotonic clock; 0 if nothing waits.
  private static let since = Atomic<Int64>(0)

  /// The duration of the current wait in milliseconds; 0 if nothing waits.
  package static var milliseconds: Int64 {
    let since = since.load(ordering: .relaxed)
    return since == 0 ? 0 : max(1, now - since)
  }

  /// Runs a call that writes to the output.
  @inline(__always)
  static func during<Value>(_ body: () -> Value) -> Value {
    since.store(now, ordering: .relaxed)
    defer { since.store(0, ordering: .relaxed) }
    return body()
  }

  private static var now: Int64 { KernelClock.monotonic / 1_000_000 }
}
