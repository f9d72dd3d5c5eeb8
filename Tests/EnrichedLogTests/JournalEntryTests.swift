import EnrichedLog
import Testing

@Suite struct JournalEntryTests {
  private let rendering = Rendering(style: .journald, owner: RecordFormatTests.redis)

  @Test(
    "An entry has the text line as its message, and fields at every level",
    arguments: RecordFormat.Fields.allCases)
  func fields(level: RecordFormat.Fields) throws {
    var rendering = rendering
    rendering.fields = level
    var text = rendering
    text.style = .klog
    let entry = try rendering.entry(payload())
    #expect(entry.first == "MESSAGE=\(try text.body(payload()).dropLast())")
    #expect(
      entry.dropFirst() == [
        "PRIORITY=6", "MESSAGE_ID=\(JournalMessage.record.rawValue)", "K8S_NODE=worker-1",
        "AUDIT_TYPE_NAME=SECCOMP", "AUDIT_ID=21196375", "EXECUTABLE=/usr/local/bin/redis-server",
        "TARGET_PID=3723190", "SYSCALL_ID=39", "SYSCALL_NAME=getpid", "SYSCALL_ARCH=x86_64",
        "SECCOMP_ACTION=log", "TARGET_UID=0", "K8S_NAMESPACE=scp-ns", "K8S_POD=scp-test-pod",
        "K8S_CONTAINER=redis", "K8S_POD_UID=6c5ff6f3", "CONTAINER_ID=4f0c",
      ])
  }

  @Test("A kill is a warning, unknown values have no field, and hostile text stays in its own field")
  func warning() throws {
    var rendering = Rendering(style: .journald)
    rendering.owner.unit = "sshd.service"
    let exe = hexadecimal("/a\nK8S_POD=forged".utf8)
    let kill = try rendering.entry(payload(exe: exe, sig: "31", arch: "1", syscall: "-1", code: "0x0"))
    #expect(kill[1] == "PRIORITY=4")
    #expect(kill.contains("EXECUTABLE=/a\nK8S_POD=forged"))
    #expect(kill.contains("SYSCALL_NAME=unknown") && kill.contains("SYSCALL_ID=-1"))
    // The machine is unknown: the kernel's token, as in lines.
    #expect(kill.contains("SYSCALL_ARCH=0x1"))
    #expect(!kill.contains { $0.hasPrefix("K8S_POD=") })
    let missing = try rendering.entry(payload(exe: "(null)", code: "0x12340000"))
    #expect(!missing.contains { $0.hasPrefix("EXECUTABLE=") || $0.hasPrefix("SECCOMP_ACTION=") })
  }
}
