internal import CLinuxAudit
internal import Glibc

/// Wakes a thread that waits, for data as well.
package final class WakeEvent: Sendable {
  private let descriptor: Int32

  package init() { descriptor = linux_event_open() }

  deinit { close(descriptor) }

  /// Wakes the thread now, or lets its next wait end at once.
  package func signal() { linux_event_signal(descriptor) }

  /// Waits for a signal, for data on either of two descriptors, or for the timeout; -1 means no timeout. Returns which of the two
  /// descriptors are readable.
  package func wait(
    for first: Int32? = nil, or second: Int32? = nil, milliseconds: Int32
  ) -> (first: Bool, second: Bool) {
    var ready: InlineArray<3, pollfd> = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: first ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: second ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    var span = ready.mutableSpan
    _ = unsafe span.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 3, milliseconds) }
    // The signal is cleared before the caller checks for a message. Otherwise it could belong to a message already received, and stay set.
    if ready[0].revents != 0 { linux_event_clear(descriptor) }
    return (ready[1].revents != 0, ready[2].revents != 0)
  }
}
