import AccessRecords
import AuditRecord
import RecordSamples
import Testing

/// Records of real kernels.
@Suite struct CaptureTests {
  @Test("All captures of AppArmor's records are read, and every field is known", arguments: Captures.apparmor)
  func apparmor(text: String) throws {
    let fields = try RecordFields<AppArmorRecord>(text)
    #expect(
      AppArmorRecord.recognizes(Array(text.utf8).span) && !SELinuxRecord.recognizes(Array(text.utf8).span))
    try expectAllKeys(of: text, in: fields.fields)
  }

  @Test("All captures of SELinux's records are read, and every field is known", arguments: Captures.selinux)
  func selinux(text: String) throws {
    let fields = try RecordFields<SELinuxRecord>(text)
    #expect(
      SELinuxRecord.recognizes(Array(text.utf8).span) && !AppArmorRecord.recognizes(Array(text.utf8).span))
    try expectAllKeys(of: text, in: fields.fields)
  }

  @Test("The captures have what they were made for")
  func content() throws {
    let apparmor = try Captures.apparmor.map { try RecordFields<AppArmorRecord>($0).fields }
    for field in [
      #"name=/tmp/a "b""#, "profile=soft one", "capname=sys_chroot", "flags=rw, nosuid, nodev",
      "executable=two words",
      "apparmor=ALLOWED", "apparmor=AUDIT", "apparmor=STATUS", "requested_mask=receive",
    ] {
      #expect(apparmor.contains { $0.contains(field) })
    }
    let selinux = try Captures.selinux.map { try RecordFields<SELinuxRecord>($0).fields }
    #expect(selinux.contains { $0.contains("decision=granted") })
    #expect(selinux.contains { $0.contains("permissive=1") })
    let received = try #require(Captures.selinux.first { $0.contains("{ recv }") })
    let fields = try RecordFields<SELinuxRecord>(received)
    #expect(fields.value("comm") == "ksoftirqd/0" && fields.record.uncertainty == .packet)
  }

  /// Expects a field for each `key=` of a record.
  private func expectAllKeys(of text: String, in fields: [String]) throws {
    let keys = text.matches(of: /\ (\w+)=/).map { String($0.1) }
    #expect(!keys.isEmpty && !fields.contains { $0.hasPrefix("+") })
    for key in keys { #expect(fields.contains { $0.hasPrefix("\(key)=") }) }
  }
}
