import AuditRecord
import RecordSamples
import Testing

/// Records that auditd wrote, of the same processes as the kernel's payloads and of a container.
@Suite struct AuditdCaptureTests {
  @Test("auditd's line and the kernel's payload for the same process have the same values", arguments: 0..<28)
  func asTheKernel(index: Int) throws {
    let live = try RecordValues(Captures.live[index])
    for line in [Captures.auditdRaw[index], Captures.auditdEnriched[index]] {
      let logged = try #require(try RecordValues(line: Array(line.utf8)))
      #expect(
        (logged.arch, logged.syscall, logged.code, logged.signal)
          == (live.arch, live.syscall, live.code, live.signal))
      #expect(logged.comm == live.comm)
      #expect((logged.uid, logged.gid, logged.auid, logged.compat) == (0, 0, .max, live.compat))
    }
  }

  @Test("Fields that ENRICHED appends are ignored, with or without their separator", arguments: 0..<44)
  func enrichment(index: Int) throws {
    let line = Captures.auditdEnriched[index]
    let parts = line.split(separator: "\u{1d}")
    #expect(parts.count == 2)
    let bare = try #require(try RecordValues(line: Array(parts[0].utf8)))
    #expect(try RecordValues(line: Array(line.utf8)) == bare)
    #expect(try RecordValues(line: Array(parts.joined().utf8)) == bare)
  }

  @Test("A container's first records are those of runc, in RAW and in ENRICHED")
  func container() throws {
    for lines in [Captures.auditdRaw, Captures.auditdEnriched] {
      let records = try lines[28...].map { try #require(try RecordValues(line: Array($0.utf8))) }
      #expect(records.count == 16)
      #expect(records.allSatisfy { $0.code == 0x7ffc_0000 && $0.pid == records[0].pid })
      let runc = records.prefix { $0.comm == Array("runc:[2:INIT]".utf8) }
      #expect(runc.count >= 10 && runc.allSatisfy { $0.exe == Array("/".utf8) })
      #expect(records.dropFirst(runc.count).allSatisfy { $0.exe == Array("/bin/busybox".utf8) })
    }
  }
}
