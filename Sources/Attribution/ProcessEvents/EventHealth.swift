/// Whether process events are received. Any program in the host's namespaces may switch them off for all (before Linux 6.6 only
/// with CAP_NET_ADMIN), and the kernel does not report that.
///
/// This is a value that does no I/O. All times are nanoseconds of the monotonic clock.
package struct EventHealth: Sendable {
  /// A change in the reception of events.
  package enum Change: Sendable {
    /// Events are no longer received, and this program may not switch them on.
    case streamLost
    /// Events are received again.
    case streamRestored
  }

  /// Why no events are received; nil if they are, as far as is known.
  package private(set) var unavailable: String?
  /// The time up to which all events have been received; nil if none has.
  package private(set) var last: Int64?

  /// After this time without events, one is triggered to verify that the stream is alive. Each such event also wakes the thread
  /// that reads events.
  package static let maxQuietTime: Int64 = 20_000_000

  package init(unavailable: String? = nil) { self.unavailable = unavailable }

  /// Notes that an event of any kind was received, which was created at `time`.
  package mutating func received(at time: Int64) -> Change? {
    guard !hasReceived(since: time) else { return nil }
    last = time
    guard unavailable != nil else { return nil }
    unavailable = nil
    return .streamRestored
  }

  /// Whether all events created before `time` have been received.
  package func hasReceived(since time: Int64) -> Bool { last.map { $0 >= time } ?? false }

  /// Whether an event should be triggered, because nothing proves that all events until now have been received. If the stream is
  /// known to be lost, this is not repeated: the first event that arrives shows the change.
  package func needsProbe(at now: Int64) -> Bool {
    unavailable == nil && !hasReceived(since: now - Self.maxQuietTime)
  }

  /// Whether events may be missing after a program switched them on or off and no event had been created for `quietTime` before
  /// that: events may have been off meanwhile.
  package func mayHaveMissed(after quietTime: Int64) -> Bool {
    unavailable == nil && quietTime > Self.maxQuietTime
  }

  /// Notes that no events are received, and that they cannot be switched on.
  package mutating func streamLost(_ reason: String) -> Change {
    unavailable = reason
    return .streamLost
  }
}
