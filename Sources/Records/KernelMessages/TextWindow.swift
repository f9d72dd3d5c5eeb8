/// The count of bytes, over lines of all forms and hosts, that may still be text of an earlier message.
struct TextWindow: Sendable {
  private(set) var remaining = 0
  /// The hash of the host's name; nil if the messages are from several hosts.
  private var host: UInt64?

  /// Opens the window for a message whose text may continue for `bytes` more bytes.
  mutating func open(_ bytes: Int, of host: UInt64?) {
    self.host = remaining > 0 && self.host != host ? nil : host
    remaining = max(remaining, bytes)
  }

  /// Closes the window if all of its messages are from this host: its last message is complete.
  mutating func close(of host: UInt64) {
    if self.host == host { remaining = 0 }
  }

  /// Counts a line's bytes and returns whether the line may be text of a message.
  mutating func pass(_ bytes: Int) -> Bool {
    defer { remaining = max(0, remaining - bytes) }
    return remaining > 0
  }
}
