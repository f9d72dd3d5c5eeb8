import AuditRecord
import LogLines
import RecordSamples
import Testing

/// Tests that text of other kernel messages, such as file names with line feeds, cannot imitate records.
@Suite struct OtherMessageTests {
  private static let payload = SampleRecord.payload()
  private static let seccomp = "audit: type=1326 \(payload)"
  private static let auditd = "type=SECCOMP msg=\(payload)"

  @Test(
    "No line of a message's text is accepted as a record, whatever prefix the log adds",
    arguments: LogForm.allCases,
    ["process 'x", "overlayfs: failed to resolve '", "x: port 1(y) entered blocking state 'z", "audit_x: y"])
  func forged(form: LogForm, first: String) {
    // An audit message without a time shows that this is a kernel log without times.
    let before = form.show(["audit: type=2000 audit(1.000:1): state=initialized"])
    let lines = LogLine.reading(
      before + form.show([first, Self.seccomp, Self.auditd, Self.seccomp, "' started with executable stack"]))
    #expect(!lines.contains { $0.isRecord })
    #expect(lines[2] == (form == .oldDmesg || form == .oldSyslog ? .unread(.noTime) : .unread(.messageText)))
    #expect(form != .oldDmesg && form != .oldSyslog || lines[3] == .unread(.messageText))
  }

  @Test(
    "No line of the text of an audit record that the kernel does not escape is accepted as a record",
    arguments: LogForm.allCases, [1325, 1416, 1339])
  func forgedInRecord(form: LogForm, type: Int) {
    let before = form.show(["audit: type=2000 audit(1.000:1): state=initialized"])
    let first = "audit: type=\(type) audit(1715847187.650:9): table=x"
    let lines = LogLine.reading(
      before + form.show([first, Self.seccomp, Self.seccomp, ":1 family=2 entries=1 op=nft_register_table"]))
    #expect(!lines.contains { $0.isRecord })
    #expect(lines[2] == (form == .oldDmesg || form == .oldSyslog ? .unread(.noTime) : .unread(.messageText)))
  }

  @Test(
    "A record after one of another type that has no foreign text, or only escaped text, is read",
    arguments: [1300, 1302, 1327, 1334, 1400, 1701])
  func afterEscaped(type: Int) {
    let prefix = "Nov 23 22:12:01 host kernel: "
    let lines = LogLine.reading([
      "\(prefix)audit: type=\(type) audit(1715847187.650:9): x=y", prefix + Self.seccomp,
    ])
    #expect(lines[1].isRecord)
  }

  @Test("A complete message within a message's text does not end that text")
  func wholeWithin() {
    let lines = LogLine.reading([
      "[   12.345678] process 'x", "[   12.345678] audit: type=1300 audit(1.002:3): arch=c000003e",
      "[   12.345678] kauditd_printk_skb: 14 callbacks suppressed", "[   12.345678] " + Self.seccomp,
    ])
    #expect(lines[3] == .unread(.messageText))
  }

  @Test(
    "A record whose kernel time differs from the message before it is read",
    arguments: ["", "<5>", "Nov 23 22:12:01 host kernel: "])
  func otherTime(prefix: String) {
    let lines = LogLine.reading([
      "\(prefix)[   12.345678] process 'x", "\(prefix)[   12.345679] \(Self.seccomp)",
      "\(prefix)[   12.345679] \(Self.seccomp)",
    ])
    #expect(lines[1].isRecord)
    #expect(lines[2].isRecord)
  }

  @Test(
    "Without kernel times, a record is read some seconds after a message, or after the bytes of its text",
    arguments: [
      ("Nov 23 22:12:01 host kernel: ", "Nov 23 22:12:03 host kernel: ", "Nov 23 22:13:00 host kernel: "),
      (
        "2026-11-23T23:59:59.9+00:00 host kernel: ", "2026-11-24T00:00:02.9+00:00 host kernel: ",
        "2026-11-24T00:01:00.9+00:00 host kernel: "
      ),
      ("[Thu Nov 23 22:12:01 2026] ", "[Thu Nov 23 22:12:01 2026] ", "[Thu Nov 23 22:12:12 2026] "),
    ])
  func daemonTime(first: String, next: String, later: String) {
    let message = first + "process 'x"
    #expect(LogLine.reading([message, next + Self.seccomp])[1] == .unread(.messageText))
    #expect(LogLine.reading([message, later + Self.seccomp])[1].isRecord)
    let many = LogLine.reading([message] + Array(repeating: next + Self.seccomp, count: 7))
    #expect(many[3] == .unread(.messageText))
    #expect(many[7].isRecord)
  }

  @Test("Lines of another host are read")
  func otherHost() {
    let lines = LogLine.reading([
      "Nov 23 22:12:01 a kernel: process 'x", "Nov 23 22:12:01 b kernel: " + Self.seccomp,
      "Nov 23 22:12:01 a kernel: " + Self.seccomp,
    ])
    #expect(lines[1].isRecord)
    #expect(lines[2] == .unread(.messageText))
  }

  @Test("Records directly after messages that contain only names are read", arguments: LogForm.allCases)
  func whole(form: LogForm) {
    let messages = [
      "kauditd_printk_skb: 14 callbacks suppressed", "cni0: port 12(veth5c1b2c3d) entered blocking state",
      "veth5c1b2c3d: entered promiscuous mode", "device veth5c1b2c3d left promiscuous mode",
      "eth0: renamed from veth1", "IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready",
      "audit: backlog limit exceeded", "audit: type=1400 audit(1.002:3): apparmor=\"DENIED\"",
    ]
    for message in messages {
      let lines = LogLine.reading(form.show([message]) + form.show([Self.seccomp]))
      #expect(lines[1].isRecord, "\(message)")
    }
  }

  @Test("In a log without times, lines of other programs do not hide the records after them")
  func programs() {
    for line in [
      "hello", "[INFO] starting", "Nov 23 22:12:01 host myapp: x", "----", "time->Thu Nov 23", "{}",
    ] {
      #expect(LogLine.reading([line, Self.auditd])[1].isRecord)
    }
    let syslog = LogLine.reading([
      "Nov 23 22:12:01 host myapp: x", "a line of its text", "Nov 23 22:12:01 host kernel: " + Self.seccomp,
    ])
    #expect(syslog[2].isRecord)
  }

  @Test(
    "In a log without times, text that imitates a time is not accepted as a record",
    arguments: ["[   99.000000] ", "5,1,1,-;"])
  func imitated(prefix: String) {
    let lines = LogLine.reading([
      "audit: type=2000 audit(1.000:1): state=initialized", "process 'x", prefix + Self.seccomp,
      "audit: type=1300 audit(1.002:3): arch=c000003e",
    ])
    #expect(lines[2] == .unread(.messageText))
  }

  @Test("In /dev/kmsg's form each message is one line")
  func kmsg() {
    let lines = LogLine.reading(["4,1,12345678,-;process 'x", "5,2,12345678,-;" + Self.seccomp])
    #expect(lines[1].isRecord)
  }
}
