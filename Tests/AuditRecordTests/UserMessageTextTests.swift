import AuditRecord
import Testing

@Suite struct UserMessageTextTests {
  private static let payload = SeccompRecordTests.payload()
  private static let seccomp = "audit: type=1326 \(payload)"
  private static let user =
    "audit: type=1107 audit(1715847187.650:7): pid=9 uid=0 auid=4294967295 ses=4294967295 msg='"

  /// What each line is, the last one first asked for: a record, not believed, or none.
  private func read(_ lines: [String]) -> [LogLine] {
    var reader = LogLineReader()
    return lines.map { line in
      let bytes = Array(line.utf8)
      return reader.read(bytes.span)
    }
  }

  private func isRecord(_ line: LogLine) -> Bool {
    if case .seccomp = line { true } else { false }
  }

  /// Ways in which readers of the kernel log show a message of several lines. Each gives its lines.
  private static let readers: [@Sendable ([String]) -> [String]] = [
    // dmesg -S, dmesg -p, busybox: each line with the kernel's own time.
    { $0.map { "[   12.345678] " + $0 } },
    { $0.map { "<5>[   12.345678] " + $0 } },
    // klogd, rsyslog's imklog
    { $0.map { "Nov 23 22:12:01 host kernel: [   12.345678] " + $0 } },
    // printk.time=0
    { $0.map { "Nov 23 22:12:01 host kernel: " + $0 } },
    { $0.map { "2026-11-23T22:12:01.123456+00:00 host kernel: " + $0 } },
    // dmesg -T -S
    { $0.map { "[Thu Nov 23 22:12:01 2026] " + $0 } },
    // dmesg, journalctl -k: later lines are indented.
    { $0.enumerated().map { ($0.offset == 0 ? "[   12.345678] " : "               ") + $0.element } },
    // dmesg -t
    { $0 }, { $0.map { "<5>" + $0 } },
    // An old dmesg: only the first line has a prefix.
    { $0.enumerated().map { ($0.offset == 0 ? "[   12.345678] " : "") + $0.element } },
    { $0.enumerated().map { ($0.offset == 0 ? "Nov 23 22:12:01 host kernel: " : "") + $0.element } },
  ]

  @Test(
    "No line of a user message's text is believed, whatever the log's reader put before it",
    arguments: readers.indices, ["x", "x'", "res=success'", "", "'"])
  func forged(reader: Int, first: String) {
    let lines = Self.readers[reader]([Self.user + first, Self.seccomp, Self.seccomp, "y '"])
    for line in read(lines) { #expect(!isRecord(line)) }
  }

  @Test(
    "Text that imitates another form is not believed behind an open message, or one without a time",
    arguments: ["[   12.345678] ", "Nov 23 22:12:01 host kernel: ", "[   99.000000] ", "5,1,1,-;"])
  func otherForms(prefix: String) {
    for first in ["[   12.345678] " + Self.user + "x", Self.user + "x", Self.user + "x'"] {
      #expect(!isRecord(read([first, prefix + Self.seccomp])[1]))
      #expect(!isRecord(read([first, "type=SECCOMP msg=" + Self.payload])[1]))
    }
  }

  @Test("A user message within another one's text does not end that one")
  func nested() {
    let lines = read([
      "[   12.345678] " + Self.user + "x", "[   13.000000] " + Self.user + "x'",
      "[   14.000000] " + Self.seccomp,
    ])
    #expect(lines == [.other, .other, .unread(.userMessage)])
  }

  @Test(
    "What the kernel logs at another time after a whole user message is read",
    arguments: ["", "<5>", "Nov 23 22:12:01 host kernel: "])
  func after(prefix: String) {
    for type in [1005, 1107, 1130, 2999] {
      let user = Self.user.replacing("1107", with: "\(type)")
      let lines = read([
        "\(prefix)[   12.345678] \(user)unit=x res=success'", "\(prefix)[   12.345679] \(Self.seccomp)",
      ])
      #expect(isRecord(lines[1]))
    }
  }

  @Test("Records of one time follow each other, and other kernel messages hide none")
  func sameTime() {
    let lines = read([
      "[   12.345678] audit: type=1300 audit(1.002:3): arch=c000003e", "[   12.345678] " + Self.seccomp,
      "[   12.345678] " + Self.seccomp, "[   12.345678] kauditd_printk_skb: 14 callbacks suppressed",
      "[   12.345678] " + Self.seccomp,
    ])
    #expect(lines.count(where: isRecord) == 3)
  }

  @Test("A message that printk cut off ends after its 1,024 bytes", arguments: ["", "host kernel: "])
  func bounded(tag: String) {
    let prefix = tag.isEmpty ? "[   12.345678] " : "Nov 23 22:12:01 \(tag)"
    let later = tag.isEmpty ? "[   13.000000] " : prefix
    let lines = read(
      [prefix + Self.user + "x"] + Array(repeating: later + Self.seccomp, count: 8))
    // Each has some 200 bytes.
    #expect(!isRecord(lines[3]))
    #expect(isRecord(lines[8]))
  }

  @Test("Bytes that a reader of the log has escaped count as one", arguments: ["\\x01", "#001"])
  func escaped(byte: String) {
    let text = String(repeating: byte, count: 600)
    let lines = read([
      "Nov 23 22:12:01 host kernel: " + Self.user + text, "Nov 23 22:12:01 host kernel: " + Self.seccomp,
    ])
    #expect(lines[1] == .unread(.userMessage))
  }

  @Test("Of several hosts' lines in one log each has its own messages")
  func hosts() {
    let lines = read([
      "Nov 23 22:12:01 a kernel: " + Self.user + "x'", "Nov 23 22:12:01 b kernel: " + Self.seccomp,
      "Nov 23 22:12:01 b kernel: " + Self.seccomp, "Nov 23 22:12:01 b kernel: " + Self.seccomp,
      "Nov 23 22:12:01 b kernel: " + Self.seccomp, "Nov 23 22:12:01 b kernel: " + Self.seccomp,
      "Nov 23 22:12:01 a kernel: " + Self.seccomp,
    ])
    #expect(lines.count(where: isRecord) == 5)
    #expect(lines[6] == .unread(.userMessage))
  }

  @Test("In /dev/kmsg's own form a message is one line")
  func kmsg() {
    let lines = read([
      "5,1,12345678,-;" + Self.user + "x\\x0aaudit: type=1326 \(Self.payload)\\x0ay '",
      "5,2,12345678,-;" + Self.seccomp,
    ])
    #expect(!isRecord(lines[0]))
    #expect(isRecord(lines[1]))
  }
}
