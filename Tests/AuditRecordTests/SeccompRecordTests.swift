import AuditRecord
import RecordSamples
import Testing

@Suite struct SeccompRecordTests {
  @Test("All fields of a payload are read")
  func allFields() throws {
    let values = try RecordValues(
      SampleRecord.payload(subject: " subj=system_u:system_r:container_t:s0:c1,c2"))
    #expect(values.stamp == AuditStamp(seconds: 1_715_847_187, milliseconds: 650, serial: 21_196_375))
    #expect((values.auid, values.uid, values.gid, values.session) == (1000, 1, 2, 3))
    #expect(values.subject == "system_u:system_r:container_t:s0:c1,c2")
    #expect(values.pid == 3_723_190)
    #expect(values.comm == Array("redis-server".utf8))
    #expect(values.exe == Array("/usr/local/bin/redis-server".utf8))
    #expect((values.signal, values.arch, values.syscall) == (0, 0xc000_003e, 39))
    #expect(values.compat == 0)
    #expect(values.instructionPointer == 0x7fec_529f_1829)
    #expect(values.code == 0x7ffc_0000)
  }

  @Test("All captures of a real kernel are read")
  func captures() throws {
    let records = try Captures.live.map { try RecordValues($0) }
    #expect(records.count == 28)
    #expect(
      records.prefix(7).map(\.code) == [
        0x7ffc_0000, 0x5_0000, 0x3_0000, 0x7ff0_0000, 0x8000_0000, 0, 0,
      ])
    #expect(records.prefix(7).map(\.signal) == [0, 0, 0, 0, 31, 31, 9])
    #expect(
      records[7..<19].map { String(decoding: $0.comm ?? [], as: UTF8.self) } == [
        "two words", "q\"uote", "new\nline", "\u{fffd}\u{fffd}", "café", "ABC", "414243", "",
        "x\" pid=1 exe=\"", "back\\slash", "\u{7f}", "\t",
      ])
    #expect(records[10].comm == [0xff, 0xfe])
    #expect((records[19].arch, records[19].syscall, records[19].compat) == (0x4000_0003, 20, 1))
    #expect(records[20].code == 0x7fc0_0000)
    #expect(records[21...23].map(\.syscall) == [0x4000_0027, -1, 100_000])
    #expect(
      records[24...].map { String(decoding: $0.exe ?? [], as: UTF8.self) } == [
        "/tmp/capture.d/a b", "/tmp/capture.d/gone (deleted)", "/tmp/capture.d/naïve",
        "/tmp/capture.d/new\nline\"",
      ])
  }

  @Test("A field may be at any index, but a repeated field is an error")
  func places() throws {
    let fields = SampleRecord.payload().split(separator: " ").map(String.init)
    let expected = try RecordValues(SampleRecord.payload())
    for field in 1..<fields.count {
      for place in 1...fields.count {
        var twice = fields
        twice.insert(fields[field], at: place)
        #expect(throws: MalformedRecord.repeatedField) { try RecordValues(twice.joined(separator: " ")) }
        twice.remove(at: place > field ? field : field + 1)
        #expect(try RecordValues(twice.joined(separator: " ")) == expected)
      }
    }
  }

  @Test("Fields may have any order, and unknown fields are ignored")
  func order() throws {
    let text =
      #"audit(1.002:3): code=0x50000 new="a b" syscall=1 arch=c00000b7 verylongfieldname=1 sig=0 "#
      + #"exe=(null) comm=414243 pid=7"#
    let values = try RecordValues(text)
    #expect((values.pid, values.arch, values.syscall, values.code) == (7, 0xc000_00b7, 1, 0x5_0000))
    #expect(values.comm == Array("ABC".utf8))
    #expect(values.exe == nil)
    #expect(values.uid == nil)
  }

  @Test("Old kernels write no exe, and older ones no arch")
  func oldKernels() throws {
    let text =
      #"audit(1520387105.670:1595): auid=4294967295 uid=498 gid=498 ses=4294967295 pid=2322 comm="sshd" sig=31 "#
      + "syscall=4 compat=0 ip=0x7fbda0c9bdf5 code=0x0"
    let values = try RecordValues(text)
    #expect((values.pid, values.arch, values.syscall, values.code, values.signal) == (2322, 0, 4, 0, 31))
    #expect(values.exe == nil)
  }

  @Test("Quoted text is literal, unquoted text is hexadecimal digits")
  func textForms() throws {
    #expect(try RecordValues(SampleRecord.payload(comm: #"comm="414243""#)).comm == Array("414243".utf8))
    #expect(try RecordValues(SampleRecord.payload(comm: "comm=414243")).comm == Array("ABC".utf8))
    #expect(try RecordValues(SampleRecord.payload(comm: "comm=ff00")).comm == [0xff, 0])
    #expect(try RecordValues(SampleRecord.payload(comm: #"comm="""#)).comm == [])
    #expect(try RecordValues(SampleRecord.payload(exe: #"exe="/a=b pid=1""#)).pid == 3_723_190)
  }

  @Test("Extreme numbers that fit are read")
  func extremes() throws {
    #expect(try RecordValues(SampleRecord.payload(syscall: "syscall=-1")).syscall == -1)
    let lowest = try RecordValues(SampleRecord.payload(syscall: "syscall=-9223372036854775808"))
    #expect(lowest.syscall == .min)
    #expect(try RecordValues(SampleRecord.payload(pid: "pid=2147483647")).pid == .max)
    #expect(try RecordValues(SampleRecord.payload(arch: "arch=ffffffff")).arch == .max)
    let stamp = try RecordValues(SampleRecord.payload(head: "audit(0.000:0):")).stamp
    #expect(stamp == AuditStamp(seconds: 0, milliseconds: 0, serial: 0))
  }

  @Test("An action that this version does not know keeps its code and has no name")
  func newAction() throws {
    let bytes = Array(SampleRecord.payload(code: "code=0x12340000").utf8)
    let record = try SeccompRecord(parsing: bytes.span)
    #expect(record.code == 0x1234_0000)
    #expect(record.action == nil)
  }

  @Test("Any other byte among the digits of a stamp is an error")
  func stampDigits() throws {
    let text = Array(SampleRecord.payload().utf8)
    for number in ["1715847187", "21196375"] {
      let place = try #require(text.firstRange(of: Array(number.utf8)))
      for index in place {
        for byte in 0...UInt8.max where !(0x30...0x39).contains(byte) {
          var changed = text
          changed[index] = byte
          #expect(throws: MalformedRecord.noStamp) { try RecordValues(changed) }
        }
      }
    }
  }

  @Test(
    "A value that the kernel cannot have written is malformed, for the right reason",
    arguments: [
      ("", .noStamp), ("audit(1.2:3): ", .noStamp), ("audit(1.002:3)", .noStamp),
      ("audit(-1.002:3): pid=1", .noStamp), ("audit(1234567890123.002:3): pid=1", .noStamp),
      ("audit(1.002:12345678901234567890): pid=1", .noStamp), (" " + SampleRecord.payload(), .noStamp),
      ("audit(1.002:3):", .truncated), ("audit(1.002:3): pid", .truncated),
      (SampleRecord.payload(pid: "pid=2147483648"), .badNumber),
      (SampleRecord.payload(pid: "pid=-1"), .badNumber),
      (SampleRecord.payload(pid: "\0pid=1"), .noField), ("audit(1.002:3): a=b\0\0\0\0subj", .noField),
      (SampleRecord.payload(pid: "pid="), .badNumber), (SampleRecord.payload(pid: "pid=1x"), .badNumber),
      (SampleRecord.payload(pid: "pid=0x1"), .badNumber), (SampleRecord.payload(pid: "pid=+1"), .badNumber),
      (SampleRecord.payload(syscall: "syscall=9223372036854775808"), .badNumber),
      (SampleRecord.payload(syscall: "syscall=-9223372036854775809"), .badNumber),
      (SampleRecord.payload(syscall: "syscall=99999999999999999999999999"), .badNumber),
      (SampleRecord.payload(syscall: "syscall=--1"), .badNumber),
      (SampleRecord.payload(arch: "arch=1c000003e"), .badNumber),
      (SampleRecord.payload(arch: "arch=0xc000003e"), .badNumber),
      (SampleRecord.payload(sig: "sig=99999999999"), .badNumber),
      (SampleRecord.payload(code: "code=7ffc0000"), .badNumber),
      (SampleRecord.payload(code: "code=0x17ffc0000"), .badNumber),
      (SampleRecord.payload(code: "code=0x7ffc0001"), .truncated),
      (SampleRecord.payload(code: "code=0x7ffc"), .truncated),
      (SampleRecord.payload(code: ""), .truncated), (SampleRecord.payload(pid: ""), .truncated),
      (SampleRecord.payload(comm: "comm=41424"), .badText),
      (SampleRecord.payload(comm: "comm=xyz1"), .badText),
      (SampleRecord.payload(comm: "comm=(nil)"), .badText), (SampleRecord.payload(comm: "comm="), .badText),
      (SampleRecord.payload(exe: #"exe="/a"#), .truncated),
      (SampleRecord.payload(sig: "sig=0 junk"), .noField),
      (SampleRecord.payload(pid: "pid=1 pid=2"), .repeatedField),
      (SampleRecord.payload(pid: "pid=1 uid=0"), .repeatedField),
      (SampleRecord.payload(code: "code=0x7ffc0000 code=0x0"), .repeatedField),
      (SampleRecord.payload(comm: #"comm="a" comm="b""#), .repeatedField),
    ] as [(String, MalformedRecord)])
  func malformed(text: String, reason: MalformedRecord) {
    #expect(throws: reason) { try RecordValues(text) }
  }
}
