/// Bytes of all lines, of whatever form and host, that may be text of a message.
struct TextWindow: Sendable {
  private(set) var left = 0
  /// The host of the messages, by its name's hash; nil if they are of several.
  private var host: UInt64?

  /// Opens for a message whose text may have so many bytes more.
  mutating func open(_ bytes: Int, of host: UInt64?) {
    self.host = left > 0 && self.host != host ? nil : host
    left = max(left, bytes)
  }

  /// The last message of this host is over.
  mutating func close(of host: UInt64) {
    if self.host == host { left = 0 }
  }

  /// Passes a line, and returns whether it may be text.
  mutating func pass(_ bytes: Int) -> Bool {
    defer { left = max(0, left - bytes) }
    return left > 0
  }
}
