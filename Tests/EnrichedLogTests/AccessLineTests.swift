import AccessRecords
import AuditRecord
import EnrichedLog
import Testing

/// Lines of the records of AppArmor and SELinux.
@Suite struct AccessLineTests {
  private static let apparmor =
    #"audit(1795983677.582:15): apparmor="DENIED" operation="link" profile="strict" name=2F61202262 pid=206 "#
    + #"comm="ln" requested_mask="l" denied_mask="l" fsuid=0 ouid=0 target="/etc/passwd" new="x" reason=y"#
  private static let selinux =
    #"audit(1795985108.367:4): avc:  denied  { read write } for  pid=196 comm="cat" path="/a" dev="vda" ino=11442 "#
    + "scontext=system_u:system_r:container_t:s0:c1,c2 tcontext=system_u:object_r:file_t:s0 tclass=file permissive=0"

  private let names = #"namespace="scp-ns" pod="scp-test-pod" container="redis""#

  private func rendering(
    _ style: RecordFormat.Style = .klog, _ fields: RecordFormat.Fields = .full
  ) -> Rendering {
    Rendering(style: style, fields: fields, owner: RecordFormatTests.redis)
  }

  @Test("Basic lines have the keys of the Security Profiles Operator, in its order")
  func basic() throws {
    #expect(
      try rendering(.klog, .basic).body(Self.apparmor, of: AppArmorRecord.self)
        == #""audit" logger="log-enricher" timestamp="1795983677.582:15" type="apparmor" node="worker-1" "#
        + names
        + #" executable="ln" pid=206 apparmor="DENIED" operation="link" profile="strict" name="/a \"b""#
        + "\n")
    #expect(
      try rendering(.klog, .basic).body(Self.selinux, of: SELinuxRecord.self)
        == #""audit" logger="log-enricher" timestamp="1795985108.367:4" type="selinux" profile="" node="worker-1" "#
        + names + #" perm="read write" scontext="system_u:system_r:container_t:s0:c1,c2" "#
        + #"tcontext="system_u:object_r:file_t:s0" tclass="file""# + "\n")
  }

  @Test("Full lines append what the record has")
  func full() throws {
    let apparmor = try rendering().body(Self.apparmor, of: AppArmorRecord.self)
    #expect(
      apparmor.contains(
        #" name="/a \"b" comm="ln" requested_mask="l" denied_mask="l" target="/etc/passwd" fsuid=0 ouid=0 podUID="#
      ))
    #expect(!apparmor.contains("new="))
    #expect(
      try rendering().body(Self.selinux, of: SELinuxRecord.self).contains(
        #" tclass="file" decision="denied" permissive=0 executable="cat" pid=196 comm="cat" path="/a" dev="vda" ino=11442 podUID="#
      ))
  }

  @Test("JSON also has unknown fields, under another key if theirs has a meaning in lines")
  func json() throws {
    let apparmor = try Rendering.decode(
      rendering(.json).lines([Array(Self.apparmor.utf8)], of: AppArmorRecord.self)[0])
    #expect(apparmor["new"] == "x" && apparmor["record_reason"] == "y" && apparmor["reason"] == nil)
    #expect(apparmor["pid"] == 206 && apparmor["fsuid"] == 0 && apparmor["name"] == #"/a "b"#)
    let selinux = try Rendering.decode(
      rendering(.json).lines([Array(Self.selinux.utf8)], of: SELinuxRecord.self)[0])
    #expect(selinux["profile"] == "" && selinux["permissive"] == 0 && selinux["perm"] == "read write")
  }

  @Test("An unknown field cannot have the key of another one")
  func reserved() throws {
    let known = Set(AppArmorKey.allCases.map { "\($0.kernelName)" })
    for key in Set(FieldCollector.ofOutput.keys).subtracting(known) {
      let text = #"audit(1.002:3): apparmor="STATUS" pid=1 comm="a" \#(key)=x"#
      let line = try rendering(.json).lines([Array(text.utf8)], of: AppArmorRecord.self)[0]
      let values = try Rendering.decode(line)
      #expect(values["record_\(key)"] == "x" && values[key] != "x")
    }
  }

  @Test("Entries of the journal have fields for what the module decided, and its priority")
  func journal() throws {
    let apparmor = try rendering(.journald).entry(Self.apparmor, of: AppArmorRecord.self)
    #expect(
      apparmor[1...].starts(with: [
        "PRIORITY=4", "MESSAGE_ID=\(JournalMessage.apparmor.rawValue)", "K8S_NODE=worker-1",
        "AUDIT_TYPE_NAME=AVC",
        "AUDIT_ID=15", "EXECUTABLE=ln", "TARGET_PID=206", "APPARMOR=DENIED", "OPERATION=link",
        "PROFILE=strict",
        "REQUESTED_MASK=l", "DENIED_MASK=l", "K8S_NAMESPACE=scp-ns",
      ]))
    let selinux = try rendering(.journald).entry(
      Self.selinux.replacing("permissive=0", with: "permissive=1"), of: SELinuxRecord.self)
    #expect(
      selinux[1...].starts(with: [
        "PRIORITY=6", "MESSAGE_ID=\(JournalMessage.selinux.rawValue)", "K8S_NODE=worker-1",
        "AUDIT_TYPE_NAME=AVC",
        "AUDIT_ID=4", "PERM=read write", "SCONTEXT=system_u:system_r:container_t:s0:c1,c2",
        "TCONTEXT=system_u:object_r:file_t:s0", "TCLASS=file", "SELINUX_DECISION=denied", "PERMISSIVE=1",
        "EXECUTABLE=cat", "TARGET_PID=196", "K8S_NAMESPACE=scp-ns",
      ]))
  }
}
