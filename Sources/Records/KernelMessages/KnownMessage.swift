internal import AuditRecord

/// Kernel messages that contain no foreign text except names without spaces. If a line matches such a message entirely, the message is
/// complete and no further line belongs to it.
///
/// Nodes print these messages between records whenever containers start and stop.
package enum KnownMessage {
  /// A star matches a name, such as a network device's.
  private static let shapes: [StaticString] = [
    "kauditd_printk_skb: * callbacks suppressed",
    "*: port *(*) entered * state",
    "*: entered promiscuous mode", "*: left promiscuous mode",
    "*: entered allmulticast mode", "*: left allmulticast mode",
    "device * entered promiscuous mode", "device * left promiscuous mode",
    "*: renamed from *",
    "IPv6: ADDRCONF(NETDEV_CHANGE): *: link becomes ready",
  ]

  /// Whether audit messages of this type contain foreign text only in escaped form. Others may have line feeds, such as the name of a
  /// netfilter table (1325), which any process with CAP_NET_ADMIN in its own network namespace chooses.
  // See: the types in linux/audit.h, and the calls of audit_log_format() for each; for 1325 nf_tables_commit_audit_log()
  package static func isEscaped(type: UInt64) -> Bool {
    switch type {
    // A login, the audit subsystem's state, syscalls and what belongs to them, configuration changes, violations of LSM policies, and
    // suspicious events.
    case 1006, 2000, 1300...1324, 1326...1337, 1400, 1700...1702: true
    default: false
    }
  }

  /// Whether the message in `range`, which is no audit record, is complete. The audit subsystem's other messages always are.
  package static func isWhole(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    if line.hasLiteral("audit: ", at: range.lowerBound) { return true }
    for shape in shapes where matches(line, range, shape) { return true }
    return false
  }

  private static func matches(
    _ line: borrowing Span<UInt8>, _ range: Range<Int>, _ shape: StaticString
  ) -> Bool {
    var position = range.lowerBound
    for index in 0..<shape.utf8CodeUnitCount {
      // A literal's bytes are never freed, and `index` is below their count.
      let byte = unsafe shape.utf8Start[index]
      if byte == UInt8(ascii: "*") {
        let start = position
        while position < range.upperBound, isOfName(line[position]) { position += 1 }
        guard position > start else { return false }
      } else {
        guard position < range.upperBound, line[position] == byte else { return false }
        position += 1
      }
    }
    return position == range.upperBound
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "@"):
      true
    default: false
    }
  }
}
