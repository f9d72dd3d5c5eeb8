/// Whether process events come: any program in the host's namespaces may switch them off for all (before Linux 6.6 only with
/// CAP_NET_ADMIN), and the kernel reports that to nobody.
///
/// A value that does no I/O. All times are nanoseconds of the monotonic clock.
package struct EventHealth: Sendable {
  /// What became of the process events.
  package enum Change: Sendable {
    /// They come no longer, and may not be switched on by us.
    case streamLost
    /// They come again.
    case streamRestored
  }

  /// Why none come; nil if they do, as far as is known.
  package private(set) var unavailable: String?
  /// Until when all have come; nil if none has.
  package private(set) var last: Int64?

  /// How long nothing may be told before an event is made to see whether it is: each wakes the thread that reads them, too.
  package static let silence: Int64 = 20_000_000

  package init(unavailable: String? = nil) { self.unavailable = unavailable }

  /// An event has come, of whatever kind, that was made at some time.
  package mutating func received(at time: Int64) -> Change? {
    guard !hasReceived(since: time) else { return nil }
    last = time
    guard unavailable != nil else { return nil }
    unavailable = nil
    return .streamRestored
  }

  /// Whether all events that were made before some time have come.
  package func hasReceived(since time: Int64) -> Bool { last.map { $0 >= time } ?? false }

  /// Whether nothing shows that all events until now have come, so that one should be made to see. Where they are known not to
  /// come it is not asked again: the first that comes tells.
  package func needsProbe(at now: Int64) -> Bool {
    unavailable == nil && !hasReceived(since: now - Self.silence)
  }

  /// Whether events may be missing after somebody had switched them on or off, where none had been made for some time before:
  /// they may have been off meanwhile.
  package func mayHaveMissed(after silence: Int64) -> Bool { unavailable == nil && silence > Self.silence }

  /// They do not come, and cannot be switched on.
  package mutating func streamLost(_ reason: String) -> Change {
    unavailable = reason
    return .streamLost
  }
}
