internal import AuditRecord

/// The kernel messages that may be incomplete, by host. Lines of a log without host names use the hash of an empty name.
struct HostMessages: Sendable {
  /// How a line relates to the messages before it.
  enum Relation {
    /// The line belongs to no message.
    case apart
    /// The line shows that its host's message is complete.
    case ends
    /// The line may be text of a message.
    case mayBelong
  }

  private var messages: [UInt64: MessageText] = [:]

  /// More hosts than any real log has. At this limit, lines of further hosts are not accepted as records.
  private static let maxHosts = 65_536
  /// The hash of a line that has no host name (FNV-1a). See: http://www.isthe.com/chongo/tech/comp/fnv/
  static let ofNoHost: UInt64 = 0xcbf2_9ce4_8422_2325

  var isEmpty: Bool { messages.isEmpty }

  static func hash(_ line: borrowing Span<UInt8>, _ range: Range<Int>?) -> UInt64 {
    var hash = ofNoHost
    for index in range ?? 0..<0 { hash = (hash ^ UInt64(line[index])) &* 0x100_0000_01b3 }
    return hash
  }

  mutating func begin(_ message: MessageText, of host: UInt64) {
    guard messages.count < Self.maxHosts || messages[host] != nil else { return }
    var message = message
    if var earlier = messages[host] {
      earlier.merge(message)
      message = earlier
    }
    messages[host] = message
  }

  /// Adds a line to the messages that it may belong to. Must be called for every line in order. `prefix` is nil for lines without a
  /// kernel prefix.
  mutating func add(
    _ line: borrowing Span<UInt8>, textLength: Int, prefix: KernelLinePrefix?, host: UInt64
  ) -> Relation {
    guard !messages.isEmpty else { return .apart }
    guard host != Self.ofNoHost else { return add(line, textLength, prefix, to: host, isOwn: true) }
    // A line without a host name may imitate any host's line, so all lines may be text of such a message.
    let toNoHosts = add(line, textLength, prefix, to: Self.ofNoHost, isOwn: false)
    if messages.count >= Self.maxHosts, messages[host] == nil { return .mayBelong }
    let toOwn = add(line, textLength, prefix, to: host, isOwn: true)
    return toNoHosts == .mayBelong ? .mayBelong : toOwn
  }

  private mutating func add(
    _ line: borrowing Span<UInt8>, _ textLength: Int, _ prefix: KernelLinePrefix?, to host: UInt64,
    isOwn: Bool
  ) -> Relation {
    guard var message = messages[host] else { return .apart }
    if isOwn, let prefix, message.hasEnded(before: line, prefix) {
      messages[host] = nil
      return .ends
    }
    message.add(line, textLength: textLength)
    messages[host] = message.remaining > 0 ? message : nil
    return .mayBelong
  }
}
