import AuditRecord
import RepeatedRecords
import Testing

/// Tests that records which begin like an earlier one are read as all others are.
@Suite struct RepeatedRecordsTests {
  private static func text(
    pid: Int = 7, serial: Int = 1, comm: String = "\"sh\"", exe: String = "\"/bin/sh\"", before: String = "",
    rest: String = " syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000"
  ) -> String {
    "audit(1715847187.650:\(serial)): auid=4294967295 uid=0 gid=0 ses=4294967295\(before) pid=\(pid) comm=\(comm) exe=\(exe) sig=0 arch=c000003e"
      + rest
  }

  private static let texts: [String] = [
    text(), text(serial: 21_196_375), text(comm: "6162"), text(exe: "(null)"), text(exe: "2F6120"),
    text(before: " subj==a (enforce)"), text(rest: " syscall=0 compat=1 ip=0x0 code=0x50000"),
  ]

  /// Keeps a record, and reads another one.
  private func read(_ text: String, after first: String) throws -> (RepeatedRecord, SeccompRecord)? {
    var repeated = RepeatedRecords()
    let former = Array(first.utf8)
    repeated.remember(try SeccompRecord(parsing: former.span), former.span, hash: 5)
    let bytes = Array(text.utf8)
    var record = RepeatedRecord()
    guard repeated.read(bytes.span, to: &record) else { return nil }
    let whole = try SeccompRecord(parsing: bytes.span)
    #expect(record.stamp == whole.stamp && record.stampText == whole.stampText && record.pid == whole.pid)
    #expect(record.tallyKey(bytes.span) == whole.tallyKey(bytes.span))
    #expect(record.caller(in: bytes.span) == whole.caller(in: bytes.span))
    #expect(record.standsAlone == whole.standsAlone && record.isWarning == whole.isWarning)
    for detail in KeyDetail.allCases {
      let (key, other) = (
        record.countingKey(detail, bytes.span), whole.countingKey(detail, bytes.span)
      )
      #expect((key.first, key.second, key.texts.count) == (other.first, other.second, other.texts.count))
      for index in 0..<key.texts.count { #expect(key.texts[index] == other.texts[index]) }
      #expect(key.hash == (detail == .all ? 5 : 0))
    }
    return (record, whole)
  }

  @Test("A record with another stamp, syscall and instruction is read", arguments: texts)
  func repeated(first: String) throws {
    let rests = [
      " syscall=0 compat=0 ip=0x1 code=0x7ffc0000",
      " syscall=999999999 compat=0 ip=0xffffffffffffffff code=0x50000",
    ]
    let end = try #require(first.firstRange(of: " syscall=")).lowerBound
    for rest in rests {
      #expect(try read(first[..<end] + rest, after: first) != nil)
      let start = try #require(first.firstRange(of: ": ")).upperBound
      #expect(try read("audit(1.000:9): " + first[start..<end] + rest, after: first) != nil)
    }
  }

  @Test(
    "A record with another beginning, or another form, is not",
    arguments: [
      text(pid: 8), text(comm: "\"si\""), text(exe: "\"/bin/si\""), text(before: " subj=a"),
      text(rest: " syscall=39 compat=0 ip=0x7fec529f1829 code=0x80000000"),
      text(rest: " syscall=39 compat=0 ip=0x7fec529f1829 code=0x0"),
      text(rest: " syscall=-1 compat=0 ip=0x7fec529f1829 code=0x7ffc0000"),
      text(rest: " syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc0000 pid=9"),
      text(rest: " syscall=39 compat=0 ip=0x7fec529f1829 code=0x7ffc000"),
      text(rest: " syscall=39 compat=0 ip=0x code=0x7ffc0000"),
      text(rest: " syscall=39 compat=0 code=0x7ffc0000"),
      text(rest: " syscall= compat=0 ip=0x1 code=0x7ffc0000"), text(rest: " syscall=39"), text(rest: ""),
      "audit(1715847187.650:1): ", "", "x",
    ])
  func others(text: String) throws {
    #expect(try read(text, after: Self.text()) == nil)
  }

  @Test("Kills and records in another order are not kept")
  func notKept() throws {
    let kill = Self.text(rest: " syscall=39 compat=0 ip=0x1 code=0x80000000")
    #expect(try read(Self.text(), after: kill) == nil)
    let order = Self.text(before: " ip=0x1", rest: " syscall=39 compat=0 code=0x7ffc0000")
    #expect(try read(order, after: order) == nil)
  }

  @Test("Any number of threads is read rightly, whichever of them are kept")
  func manyThreads() throws {
    var repeated = RepeatedRecords()
    var numbers = SystemRandomNumberGenerator()
    var hits = 0
    for serial in 1...50_000 {
      let pid = Int.random(in: 1...6000, using: &numbers)
      let bytes = Array(Self.text(pid: pid, serial: serial, exe: "\"/\(pid % 7)\"").utf8)
      let whole = try SeccompRecord(parsing: bytes.span)
      var record = RepeatedRecord()
      if repeated.read(bytes.span, to: &record) {
        hits += 1
        #expect(record.pid == whole.pid && record.stamp == whole.stamp)
      } else {
        repeated.remember(whole, bytes.span, hash: 1)
      }
    }
    #expect(hits > 10_000)
  }
}
