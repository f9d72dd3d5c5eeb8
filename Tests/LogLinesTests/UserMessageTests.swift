import AuditRecord
import LogLines
import RecordSamples
import Testing

@Suite struct UserMessageTests {
  private static let payload = SampleRecord.payload()
  private static let seccomp = "audit: type=1326 \(payload)"
  private static let user =
    "audit: type=1107 audit(1715847187.650:7): pid=9 uid=0 auid=4294967295 ses=4294967295 msg='"

  @Test(
    "No line of a user message's text is accepted as a record, whatever prefix the log adds",
    arguments: LogForm.allCases, ["x", "x'", "res=success'", "", "'"])
  func forged(form: LogForm, first: String) {
    let auditd = "type=SECCOMP msg=" + Self.payload
    let lines = LogLine.reading(form.show([Self.user + first, Self.seccomp, auditd, Self.seccomp, "y '"]))
    #expect(!lines.contains { $0.isRecord })
    // Every rejected line is counted.
    let reason: UnreadLine = form == .oldDmesg || form == .oldSyslog ? .noTime : .messageText
    #expect(lines[1] == .unread(reason))
    #expect(lines[3] == .unread(reason))
  }

  @Test(
    "After an unfinished message, or one without a time, text that imitates another form is rejected",
    arguments: ["[   12.345678] ", "Nov 23 22:12:01 host kernel: ", "[   99.000000] ", "5,1,1,-;"])
  func otherForms(prefix: String) {
    for first in ["[   12.345678] " + Self.user + "x", Self.user + "x", Self.user + "x'"] {
      #expect(!LogLine.reading([first, prefix + Self.seccomp])[1].isRecord)
      #expect(!LogLine.reading([first, "type=SECCOMP msg=" + Self.payload])[1].isRecord)
    }
  }

  @Test("A user message within another one's text does not end that one")
  func nested() {
    let lines = LogLine.reading([
      "[   12.345678] " + Self.user + "x", "[   13.000000] " + Self.user + "x'",
      "[   14.000000] " + Self.seccomp,
    ])
    #expect(lines == [.other, .other, .unread(.messageText)])
  }

  @Test(
    "A record with another kernel time after a complete user message is read",
    arguments: ["", "<5>", "Nov 23 22:12:01 host kernel: "])
  func after(prefix: String) {
    for type in [1005, 1107, 1130, 2999] {
      let user = Self.user.replacing("1107", with: "\(type)")
      let lines = LogLine.reading([
        "\(prefix)[   12.345678] \(user)unit=x res=success'", "\(prefix)[   12.345679] \(Self.seccomp)",
      ])
      #expect(lines[1].isRecord)
    }
  }

  @Test("Records with the same time are all read, and other kernel messages hide none")
  func sameTime() {
    let lines = LogLine.reading([
      "[   12.345678] audit: type=1300 audit(1.002:3): arch=c000003e", "[   12.345678] " + Self.seccomp,
      "[   12.345678] " + Self.seccomp, "[   12.345678] kauditd_printk_skb: 14 callbacks suppressed",
      "[   12.345678] " + Self.seccomp,
    ])
    #expect(lines.count { $0.isRecord } == 3)
  }

  @Test("A message that printk truncated ends after 1,024 bytes", arguments: ["", "host kernel: "])
  func bounded(tag: String) {
    let prefix = tag.isEmpty ? "[   12.345678] " : "Nov 23 22:12:01 \(tag)"
    let later = tag.isEmpty ? "[   13.000000] " : prefix
    let lines = LogLine.reading(
      [prefix + Self.user + "x"] + Array(repeating: later + Self.seccomp, count: 8))
    // Each line has about 200 bytes.
    #expect(!lines[3].isRecord)
    #expect(lines[8].isRecord)
  }

  @Test("A byte that the log's reader escaped counts as one byte", arguments: ["\\x01", "#001"])
  func escaped(byte: String) {
    let text = String(repeating: byte, count: 600)
    let lines = LogLine.reading([
      "Nov 23 22:12:01 host kernel: " + Self.user + text, "Nov 23 22:12:01 host kernel: " + Self.seccomp,
    ])
    #expect(lines[1] == .unread(.messageText))
  }

  @Test("In a log of several hosts, each host has its own messages, and records after their bytes are read")
  func hosts() {
    let b = "Nov 23 22:12:01 b kernel: " + Self.seccomp
    let lines = LogLine.reading(
      ["Nov 23 22:12:01 a kernel: " + Self.user + "x'"] + Array(repeating: b, count: 7)
        + ["Nov 23 22:12:01 a kernel: " + Self.seccomp])
    // The text may imitate a line of any host.
    #expect(lines[1] == .unread(.messageText))
    #expect(lines[7].isRecord)
    #expect(lines[8] == .unread(.messageText))
  }

  @Test(
    "After a complete message, another form or host is rejected until a line of its own form ends it",
    arguments: [
      "type=SECCOMP msg=", "node=b type=SECCOMP msg=", "5,1,1,-;audit: type=1326 ",
      "Nov 23 22:12:01 b kernel: [   13.000000] audit: type=1326 ",
      "Nov 23 22:12:01 b kernel: audit: type=1326 ",
    ])
  func otherForm(form: String) {
    let user = "[   12.345678] " + Self.user + "x'"
    #expect(LogLine.reading([user, form + Self.payload])[1] == .unread(.messageText))
    #expect(LogLine.reading([user, "[   12.400000] audit: type=1300", form + Self.payload])[2].isRecord)
  }

  @Test("In auditd's form, nothing is accepted after a user message with an open quote")
  func openInAuditLog() {
    let user = "type=USER_AVC msg=audit(1715847187.650:7): pid=9 uid=0 auid=1 ses=1 msg='"
    let record = "type=SECCOMP msg=" + Self.payload
    for text in ["x", "it's", "", "x' y"] {
      let lines = LogLine.reading([user + text] + Array(repeating: record, count: 60))
      #expect(lines[1] == .unread(.messageText))
      // 8,970 bytes are about 40 lines of 220 bytes.
      #expect(lines[30] == .unread(.messageText))
      #expect(lines[60].isRecord)
    }
    for text in ["x'", "res=success'", "x'\u{1d}UID=\"root\"", "x'UID=\"root\" AUID=\"unset\""] {
      #expect(LogLine.reading([user + text, record])[1].isRecord)
    }
    // Text in double quotes, which processes choose, does not make a user message.
    let other = "type=EXECVE msg=audit(1715847187.650:7): argc=2 a0=\"x\" a1=\"msg='x\""
    #expect(LogLine.reading([other, record])[1].isRecord)
  }

  @Test(
    "After a message that journald shows with an open quote, text in any form is rejected, up to the longest message",
    arguments: [
      "USER_CMD ", "<audit-2300> ", "Nov 23 22:12:01 host audit[9]: USER_CMD ",
      "Nov 23 22:12:01 host audispd: type=USER_CMD msg=audit(1.1:1): ",
    ],
    [
      "type=SECCOMP msg=\(payload)", seccomp, "Nov 23 22:12:01 host kernel: " + seccomp, "5,1,1,-;" + seccomp,
      "[   12.345678] " + seccomp,
      #"{"_TRANSPORT":"kernel","MESSAGE":"audit: type=1326 audit(1.1:1): pid=1"}"#,
      #"{"log":"type=SECCOMP msg=audit(1.1:1): pid=1"}"#,
    ])
  func openOfJournal(first: String, forged: String) {
    let user = first + "pid=9 uid=0 auid=1 ses=1 msg='x"
    for padding in [0, 1, 7] {
      let pad = Array(repeating: String(repeating: "p", count: 1000), count: padding)
      let last = LogLine.reading([user] + pad + [forged]).last
      #expect(last == .unread(.messageText) || last == .unread(.noTime))
    }
    // The later lines of `journalctl -o cat` look like any other, and a quote may be one of the text.
    let isEnd = first.hasPrefix("Nov ")
    #expect(LogLine.reading([user + "'", "type=SECCOMP msg=" + Self.payload]).last?.isRecord == isEnd)
  }

  @Test("After an entry of journald's with an open quote, text is rejected")
  func openInEntry() {
    let user = "USER_CMD pid=9 uid=0 auid=1 ses=1 msg='x"
    for entry in [
      [#"{"_TRANSPORT":"audit","MESSAGE":"\#(user)"}"#], [#"{"log":"\#(user)"}"#],
      ["__CURSOR=s=1", "_TRANSPORT=audit", "MESSAGE=" + user, ""],
    ] {
      #expect(LogLine.reading(entry + ["type=SECCOMP msg=" + Self.payload]).last == .unread(.messageText))
    }
  }

  @Test(
    "A message that stands behind zero bytes or a byte order mark is one", arguments: ["\0\0", "\u{feff}"])
  func notText(beginning: String) {
    let lines = LogLine.reading([
      beginning + "[   12.345678] " + Self.user + "x", "[   12.345678] " + Self.seccomp,
    ])
    #expect(lines == [beginning == "\0\0" ? .unread(.notText) : .other, .unread(.messageText)])
  }

  @Test("In /dev/kmsg's form each message is one line")
  func kmsg() {
    let lines = LogLine.reading([
      "5,1,12345678,-;" + Self.user + "x\\x0aaudit: type=1326 \(Self.payload)\\x0ay '",
      "5,2,12345678,-;" + Self.seccomp,
    ])
    #expect(!lines[0].isRecord)
    #expect(lines[1].isRecord)
  }
}
