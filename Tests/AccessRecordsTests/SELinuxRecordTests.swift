import AccessRecords
import AuditRecord
import RecordSamples
import Testing

@Suite struct SELinuxRecordTests {
  private static let stamp = "audit(1795985108.367:4): "
  private static let end =
    "scontext=system_u:system_r:container_t:s0:c1,c2 tcontext=system_u:object_r:file_t:s0 tclass=file permissive=0"

  private func read(_ body: String) throws -> [String] {
    try RecordFields<SELinuxRecord>(Self.stamp + body).fields
  }

  @Test("A denial has all fields, in the order of a line")
  func denial() throws {
    let fields = try RecordFields<SELinuxRecord>(
      Self.stamp
        + #"avc:  denied  { read write } for  pid=196 comm="ops" path="/a" dev="vda" ino=18446744073709551615 "#
        + #"ioctlcmd=0x5401 \#(Self.end) trawcon="x""#)
    #expect(
      fields.fields == [
        "perm=read write", "scontext=system_u:system_r:container_t:s0:c1,c2",
        "tcontext=system_u:object_r:file_t:s0", "tclass=file", "decision=denied", "permissive=0",
        "executable=ops", "pid=196", "comm=ops", "path=/a", "dev=vda", "ino=18446744073709551615",
        "ioctlcmd=0x5401", "trawcon=x",
      ])
    #expect(fields.record.isWarning && fields.record.uncertainty == nil)
  }

  @Test(
    "Each form of a record is decoded",
    arguments: [
      // Without permissions there are no braces, and no `for`.
      (#"avc:  denied  null pid=1 comm="a" \#(end)"#, ["perm=null", "pid=1"]),
      (#"avc:  denied  { read 0x400000 } for  pid=1 comm="a" \#(end)"#, ["perm=read 0x400000"]),
      // A number is followed by two spaces.
      (#"avc:  denied  { sys_nice } for  pid=1 comm="a" capability=23  \#(end)"#, ["capability=23"]),
      (#"avc:  denied  { create } for  pid=1 comm="a" ipc_key=-123  \#(end)"#, ["ipc_key=-123"]),
      (
        #"avc:  denied  { add_name } for  pid=1 comm=6120622263 name=6E65772066696C6520227122 \#(end)"#,
        [#"comm=a b"c"#, #"executable=a b"c"#, #"name=new file "q""#]
      ),
      (
        #"avc:  denied  { create } for  pid=1 comm="a" anonclass=[io_uring] \#(end)"#,
        ["anonclass=[io_uring]"]
      ),
      (#"avc:  denied  { read } for  pid=1 comm="a" path="socket:[8583]" dev=sda5 \#(end)"#, ["dev=sda5"]),
      (#"avc:  denied  { name_bind } for  pid=1 comm="a" src=81 \#(end)"#, ["src=81"]),
      (#"avc:  denied  { module_request } for  pid=1 comm="a" kmod="net-pf-40" \#(end)"#, ["kmod=net-pf-40"]),
      (
        #"avc:  denied  { read } for  pid=1 comm="a" lockdown_reason="use of tracefs" \#(end)"#,
        ["lockdown_reason=use of tracefs"]
      ),
      (
        #"avc:  denied  { read } for  pid=1 comm="a" ssid=7 tsid=8 tclass=file permissive=0"#,
        ["scontext=", "tcontext=", "ssid=7", "tsid=8"]
      ),
      (#"avc:  denied  { read } for  pid=1 comm="a" \#(end) srawcon=6120"#, ["srawcon=a "]),
      // The name of a network device may have a quote.
      (#"avc:  denied  { recv } for  netif="x \#(end)"#, [#"netif="x"#]),
      (
        #"avc:  granted  { fork } for  pid=1 comm="a" scontext=a:b:c tcontext=a:b:c tclass=process"#,
        ["decision=granted", "scontext=a:b:c"]
      ),
    ])
  func forms(body: String, expected: [String]) throws {
    let fields = try read(body)
    for field in expected { #expect(fields.contains(field)) }
    #expect(!fields.contains { $0.hasPrefix("+") })
    #expect(try read(body + "\u{1d}") == fields)
  }

  @Test("A comm that looks like a field, and a second pid, change nothing")
  func forged() throws {
    let fields = try read(
      #"avc:  denied  { read } for  pid=7 comm="pid=99" path="/scontext=x" pid=8 \#(Self.end) new=1"#)
    #expect(fields.filter { $0.hasPrefix("pid=") } == ["pid=7"])
    #expect(fields.suffix(2) == ["+pid=8", "+new=1"])
  }

  @Test(
    "Only an access that was refused is a warning",
    arguments: [
      ("denied", " permissive=0", true), ("denied", " permissive=1", false), ("granted", "", false),
    ])
  func warnings(decision: String, permissive: String, expected: Bool) throws {
    let text =
      "avc:  \(decision)  { read } for  pid=1 comm=\"a\" scontext=a tcontext=b tclass=file\(permissive)"
    #expect(try RecordFields<SELinuxRecord>(Self.stamp + text).record.isWarning == expected)
  }

  @Test(
    "The process ID of a packet's record is a coincidence",
    arguments: [
      (
        #"{ recv } for  pid=1 comm="a" saddr=127.0.0.1 netif=lo scontext=a tcontext=b tclass=tcp_socket"#,
        .packet
      ),
      (#"{ recv } for  pid=1 comm="a" scontext=a tcontext=b tclass=peer"#, .packet),
      (#"{ send } for  pid=1 comm="a" scontext=a tcontext=b tclass=packet"#, .packet),
      (#"{ egress } for  pid=1 comm="a" scontext=a tcontext=b tclass=netif"#, .packet),
      (#"{ sendto } for  pid=1 comm="a" scontext=a tcontext=b tclass=node"#, .packet),
      (#"{ sendto } for  pid=1 comm="a" scontext=a tcontext=b tclass=association"#, .packet),
      (
        #"{ node_bind } for  pid=1 comm="a" saddr=127.0.0.1 src=81 scontext=a tcontext=b tclass=tcp_socket"#,
        nil
      ),
      (#"{ recv } for  pid=0 comm="swapper/1" scontext=a tcontext=b tclass=packet"#, .noProcess),
      (#"{ recv } for  saddr=127.0.0.1 scontext=a tcontext=b tclass=packet"#, .noProcess),
    ] as [(String, ProcessUncertainty?)])
  func uncertain(body: String, expected: ProcessUncertainty?) throws {
    let text = "\(Self.stamp)avc:  denied  \(body) permissive=0"
    #expect(try RecordFields<SELinuxRecord>(text).record.uncertainty == expected)
  }

  @Test("A denial that is truncated at any byte is malformed")
  func truncated() throws {
    let whole = Array(
      (Self.stamp + #"avc:  denied  { read } for  pid=1 comm="a" name=2F62 ino=5 \#(Self.end)"#).utf8)
    for length in 0..<whole.count {
      #expect(throws: MalformedRecord.self) { _ = try RecordFields<SELinuxRecord>(Array(whole[..<length])) }
    }
  }

  @Test("Kinds that share a type are told apart by their first field")
  func recognition() {
    for (body, isSELinux, isAppArmor) in [
      (#"avc:  denied  { read }"#, true, false), (#"apparmor="DENIED""#, false, true),
      (#"operation="x""#, false, true),
      (#"lsm=SMACK fn=smack_inode_permission"#, false, false), (#"comm="avc:""#, false, false),
      ("", false, false),
    ] {
      let bytes = Array((Self.stamp + body).utf8)
      #expect(SELinuxRecord.recognizes(bytes.span) == isSELinux)
      #expect(AppArmorRecord.recognizes(bytes.span) == isAppArmor)
    }
  }
}
