import AccessRecords
import AuditRecord
import RecordSamples
import Testing

@Suite struct AppArmorRecordTests {
  private static let stamp = "audit(1795983677.466:5): "

  private func read(_ body: String) throws -> [String] {
    try RecordFields<AppArmorRecord>(Self.stamp + body).fields
  }

  @Test("A denial of a file has all fields, in the order of a line")
  func file() throws {
    let fields = try RecordFields<AppArmorRecord>(
      Self.stamp
        + #"apparmor="DENIED" operation="open" class="file" profile="strict" name="/etc/shadow" pid=206 comm="cat" "#
        + #"requested_mask="r" denied_mask="r" fsuid=0 ouid=-1"#)
    #expect(
      fields.fields == [
        "executable=cat", "pid=206", "apparmor=DENIED", "operation=open", "profile=strict",
        "name=/etc/shadow",
        "comm=cat", "class=file", "requested_mask=r", "denied_mask=r", "fsuid=0", "ouid=-1",
      ])
    #expect(fields.record.isWarning && fields.record.uncertainty == nil)
    #expect(fields.record.stamp == AuditStamp(seconds: 1_795_983_677, milliseconds: 466, serial: 5))
  }

  @Test("What auditd appends directly after a number has no fields of the record")
  func appended() throws {
    let fields = try read(
      #"apparmor="DENIED" operation="open" profile="a" name="/etc/shadow" pid=1 comm="a"mpat=0 code=0="r" fsuid=0 "#
        + "ouid=0FSUID=x/sha\u{01}dowD=\"root\"")
    #expect(fields.suffix(4) == ["fsuid=0", "ouid=0", "+mpat=0", "+code=0=\"r\""])
    #expect(!fields.contains { $0.contains("\u{01}") || $0.contains("FSUID") })
  }

  @Test(
    "Each form of a value is decoded",
    arguments: [
      // Hexadecimal text, in a profile, a name and a comm.
      (
        #"apparmor="ALLOWED" operation="open" profile=736F6674206F6E65 name=2F746D702F61202262 pid=1 comm=6120622263 requested_mask="wrc" denied_mask="wrc" fsuid=0 ouid=0"#,
        ["profile=soft one", #"name=/tmp/a "b"#, #"executable=a b"c"#, "denied_mask=wrc"]
      ),
      // Quoted text is what it says, even if it looks like digits or like a field.
      (
        #"apparmor="DENIED" operation="open" profile="pid=3" name="ABCDEF12" pid=1 comm="apparmor=" requested_mask="r" denied_mask="r" fsuid=0 ouid=0"#,
        ["profile=pid=3", "name=ABCDEF12", "executable=apparmor=", "pid=1"]
      ),
      // Two spaces.
      (
        #"apparmor="DENIED" operation="capable" info="optional: no audit" error=-1 profile="a" pid=1 comm="a" capability=12  capname="net_admin""#,
        ["capability=12", "capname=net_admin", "info=optional: no audit", "error=-1", "name="]
      ),
      (
        #"apparmor="DENIED" operation="mount" info="failed mntpnt match" error=-13 profile="a" name="/mnt/" pid=1 comm="a" fstype="tmpfs" srcname="none" flags="rw, nosuid, nodev""#,
        ["fstype=tmpfs", "srcname=none", "flags=rw, nosuid, nodev", "name=/mnt/"]
      ),
      (
        #"apparmor="ALLOWED" operation="listen" profile="a" pid=1 comm="a" laddr=127.0.0.1 lport=81 family="inet" sock_type="stream" protocol=6 requested_mask="listen" denied_mask="listen""#,
        ["laddr=127.0.0.1", "lport=81", "family=inet", "sock_type=stream", "protocol=6"]
      ),
      (
        #"apparmor="DENIED" operation="connect" class="net" profile="a" pid=1 comm="a" family="unix" sock_type="stream" protocol=0 requested="send receive" denied="send" addr=none peer_addr="@abc" peer="b""#,
        ["requested=send receive", "denied=send", "addr=none", "peer_addr=@abc", "peer=b"]
      ),
      // The kernel forgets a space before a signal that has no name.
      (
        #"apparmor="DENIED" operation="signal" profile="a" pid=1 comm="a" requested_mask="send" denied_mask="send"signal=unknown(99) peer="b""#,
        ["denied_mask=send", "signal=unknown(99)", "peer=b"]
      ),
      (
        #"apparmor="AUDIT" operation="setrlimit" profile="a" pid=1 comm="a" rlimit=nofile value=18446744073709551615"#,
        ["rlimit=nofile", "value=18446744073709551615"]
      ),
      // A namespace of AppArmor's policies, and a stack of profiles.
      (
        #"apparmor="DENIED" operation="ptrace" namespace="root//lxd" label="a//&b" pid=1 comm="a" requested_mask="trace" denied_mask="trace" peer="c""#,
        ["apparmorNamespace=root//lxd", "label=a//&b", "profile="]
      ),
      // What AppArmor reports of itself; without an operation, and without a process.
      (
        #"apparmor="STATUS" info="AppArmor Filesystem Enabled" pid=1 comm="swapper/0""#,
        ["operation=", "pid=1"]
      ),
      (#"apparmor="STATUS" info="x""#, ["executable=", "pid=0", "info=x"]),
      // The module's parameter audit_header is off.
      (
        #"operation="open" profile="a" name="/b" pid=1 comm="a" requested_mask="r" denied_mask="r" fsuid=0 ouid=0"#,
        ["apparmor=", "operation=open"]
      ),
      (#"apparmor="STATUS" profile="a" name=(null) pid=1 comm="a""#, ["name="]),
    ])
  func forms(body: String, expected: [String]) throws {
    let fields = try read(body)
    for field in expected { #expect(fields.contains(field)) }
    #expect(!fields.contains { $0.hasPrefix("+") })
    // Kernels and auditd may append more, which is no field of the record.
    for end in ["\u{1d}FSUID=\"root\" OUID=\"root\"", "\u{1d}", " "] {
      #expect(try read(body + end) == fields)
    }
  }

  @Test("auditd's own fields are left out, even if a log shipper dropped the separator")
  func glued() throws {
    let body =
      #"apparmor="DENIED" operation="open" profile="a" name="/b" pid=1 comm="a" requested_mask="r" denied_mask="r" fsuid=0 ouid=10"#
    #expect(try read(body + #"FSUID="root" OUID="u""#) == read(body))
    #expect(try read(body + #" target="/c"FSUID="root" OUID="u""#) == read(body + #" target="/c""#))
  }

  @Test(
    "Of a key that occurs twice, the first value counts, and another second value is kept as an unknown field"
  )
  func repeated() throws {
    let body =
      #"apparmor="DENIED" operation="create" class="posix_mqueue" profile="a" name="/q" pid=7 comm="a" requested="create" denied="create""#
    #expect(try read(body + #" class="posix_mqueue" pid=7"#) == read(body))
    #expect(try read(body + " pid=8 pid=9") == read(body) + ["+pid=8"])
  }

  @Test("Unknown fields are kept, each once and at most 32 of them")
  func unknown() throws {
    let body = #"apparmor="DENIED" operation="x" profile="a" pid=7 comm="a""#
    #expect(
      try read(body + #" new_field="a b" reason=x new_field=2 other_operation=3"#) == read(body) + [
        "+new_field=a b", "+reason=x", "+other_operation=3",
      ])
    let many = (0..<100).map { " f\($0)=\($0)" }.joined()
    #expect(try read(body + many).count { $0.hasPrefix("+") } == 32)
  }

  @Test(
    "Malformed records are not read",
    arguments: [
      (#"apparmor="DENIED" operation="open" profile=a pid=1 comm="a""#, .badText),
      (#"apparmor="DENIED" operation="open" profile=ABC pid=1 comm="a""#, .badText),
      (#"apparmor="DENIED" operation="open" profile=abcd pid=1 comm="a""#, .badText),
      (#"apparmor="DENIED" operation="open" pid=01 comm="a""#, .badNumber),
      (#"apparmor="DENIED" operation="open" pid="1" comm="a""#, .badNumber),
      (#"apparmor="DENIED" operation="open" pid=-1 comm="a""#, .badNumber),
      (#"apparmor="DENIED" operation="open" pid=4294967296 comm="a""#, .badNumber),
      (#"apparmor="DENIED" operation="open" pid=1 comm="a" error=x"#, .badNumber),
      (#"apparmor="DENIED" operation="open" pid=1 comm="a" text"#, .truncated),
      (#"apparmor="DENIED" operation="open" pid=1 comm="a" a b=1"#, .noField),
      (#"apparmor="DENIED" operation="open" pid=1 comm="a" é=1"#, .noField),
      (#"apparmor="DENIED" operation="open" pid=1"#, .truncated),
    ] as [(String, MalformedRecord)])
  func malformed(body: String, reason: MalformedRecord) {
    #expect(throws: reason) { try read(body) }
  }

  @Test("A longer text than any record's is not read")
  func long() {
    let name = String(repeating: "a", count: 65_536)
    #expect(throws: MalformedRecord.truncated) {
      try read(#"apparmor="STATUS" name="\#(name)" pid=1 comm="a""#)
    }
  }

  @Test(
    "A record that ends early is malformed",
    arguments: [
      #"apparmor="DENIED" operation="open" profile="a" name="/b" pid=1 comm="a" requested_mask="r" denied_mask="r" fsuid=0 ouid=0"#,
      #"apparmor="DENIED" operation="open" profile="a" name=2F62 pid=1 comm=6162 requested_mask="r" denied_mask="r" fsuid=0 ouid=0"#,
      #"apparmor="ALLOWED" operation="create" profile="a" pid=1 comm="a" family="inet" sock_type="raw" protocol=1 requested_mask="create" denied_mask="create""#,
      #"apparmor="DENIED" operation="capable" profile="a" pid=1 comm="a" capability=12  capname="net_admin""#,
      #"apparmor="DENIED" operation="signal" profile="a" pid=1 comm="a" requested_mask="send" denied_mask="send" signal=term peer="unconfined""#,
    ])
  func truncated(body: String) throws {
    let whole = Array((Self.stamp + body).utf8)
    // A record without its class's fields is not of that class: mediation of files has a mask.
    let complete = Self.stamp.utf8.count + body.firstRange(of: #"comm="#)!.lowerBound.utf16Offset(in: body)
    for length in 0..<whole.count {
      guard let part = try? RecordFields<AppArmorRecord>(Array(whole[..<length])).fields else { continue }
      #expect(
        length > complete && !part.contains { $0.hasPrefix("requested_mask=") || $0.hasPrefix("capability=") }
      )
    }
  }

  @Test(
    "The process ID of a record about the other side is not the confined process's",
    arguments: [
      (
        #"operation="signal" profile="a" pid=1 comm="a" requested_mask="receive" denied_mask="receive" signal=term peer="b""#,
        .otherProcess
      ),
      (
        #"operation="ptrace" profile="a" pid=1 comm="a" requested_mask="tracedby" denied_mask="tracedby" peer="b""#,
        .otherProcess
      ),
      (
        #"operation="ptrace" profile="a" pid=1 comm="a" requested_mask="readby" denied_mask="readby" peer="b""#,
        .otherProcess
      ),
      (
        #"operation="signal" profile="a" pid=1 comm="a" requested_mask="send" denied_mask="send" signal=term peer="b""#,
        nil
      ),
      (
        #"operation="ptrace" profile="a" pid=1 comm="a" requested_mask="trace" denied_mask="trace" peer="b""#,
        nil
      ),
      // A process that receives a message itself.
      (
        #"operation="recvmsg" profile="a" pid=1 comm="a" family="inet" sock_type="dgram" protocol=17 requested_mask="receive" denied_mask="receive""#,
        nil
      ),
      (#"operation="capable" profile="a" pid=0 comm="swapper/1" capability=1  capname="x""#, .noProcess),
    ] as [(String, ProcessUncertainty?)])
  func uncertain(body: String, expected: ProcessUncertainty?) throws {
    let record = try RecordFields<AppArmorRecord>(Self.stamp + #"apparmor="DENIED" "# + body).record
    #expect(record.uncertainty == expected)
  }

  @Test("Only what was refused is a warning")
  func warnings() throws {
    let body = #" operation="x" profile="a" pid=7 comm="a""#
    let warnings = try ["AUDIT", "ALLOWED", "DENIED", "HINT", "STATUS", "ERROR", "KILLED"].filter {
      try RecordFields<AppArmorRecord>("\(Self.stamp)apparmor=\"\($0)\"\(body)").record.isWarning
    }
    #expect(warnings == ["DENIED", "KILLED"])
  }
}
