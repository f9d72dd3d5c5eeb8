import AuditRecord
import RecordSamples
import Testing

@Suite struct SubjectTests {
  @Test(
    "A security context is read completely, including its spaces and punctuation",
    arguments: [
      "=unconfined", "=cri-containerd.apparmor.d (enforce)", "=cri-containerd.apparmor.d",
      "system_u:system_r:container_t:s0:c1.c1023", "kernel", "=a//null-/usr/bin/b (complain)", "?",
    ])
  func forms(subject: String) throws {
    let values = try RecordValues(SampleRecord.payload(subject: " subj=\(subject)"))
    #expect(values.subject == subject)
    #expect(values.pid == 3_723_190)
  }

  @Test(
    "Forged fields in a security context are ignored",
    arguments: [
      #"=x pid=1 comm="x" exe="/x""#, "=x pid=1", "=x pid=1 pid=2", #"=x pid=1 comm="sh" (enforce)"#,
      "=x uid=0 pid=1 code=0x0",
    ])
  func forged(subject: String) throws {
    let honest = try RecordValues(SampleRecord.payload())
    var values = try RecordValues(SampleRecord.payload(subject: " subj=\(subject)"))
    #expect(values.subject == subject)
    values.subject = nil
    #expect(values == honest)
  }

  @Test("Fields that auditd appends cannot replace the record's process")
  func appended() throws {
    let text = SampleRecord.payload(subject: " subj==a (enforce)")
    #expect(try RecordValues(text + "\u{1d}AUID=\"x\" pid=1") == RecordValues(text))
  }
}
