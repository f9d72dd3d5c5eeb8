import AuditRecord
import EnrichedLog
import Enrichment
import Metrics
import Testing

@Suite struct RecordTallyTests {
  private let owner = RecordTally.Owner(namespace: "n", pod: "p", container: "c")

  private func record(syscall: Int, arch: String = "c000003e", code: String = "0x7ffc0000") throws
    -> TallyKey?
  {
    let text =
      "audit(1.002:3): pid=1 comm=\"a\" exe=\"/a\" sig=0 arch=\(arch) syscall=\(syscall) code=\(code)"
    let bytes = Array(text.utf8)
    return try SeccompRecord(parsing: bytes.span).tallyKey(bytes.span)
  }

  private func count(
    _ key: TallyKey?, owner: Int32, attribution: Int, in tally: inout RecordTally
  ) {
    _ = tally.count(key, .seccomp, owner: owner, attribution: attribution)
  }

  private func dropped(_ tally: borrowing RecordTally) -> [UInt64] {
    var snapshot = MetricsSnapshot()
    tally.copy(to: &snapshot)
    return snapshot.droppedSeries
  }

  private func samples(_ series: borrowing RecordTally) -> [String: UInt64] {
    var snapshot = MetricsSnapshot()
    series.copy(to: &snapshot)
    let named = snapshot.series().map { ("\($0.owner.pod) \($0.labels.joined(separator: " "))", $0.count) }
    return Dictionary(uniqueKeysWithValues: named)
  }

  @Test("Records are counted by attribution and by kind of owner")
  func owners() throws {
    var series = RecordTally()
    let id = series.id(of: owner)
    let ways: [(Attribution?, RecordTally.OwnerKind, Int)] = [
      (nil, .pod, 3), (.inherited, .pod, 4), (nil, .host, 5), (.exited, .host, 6), (.unresolved, .unknown, 7),
      (.noCRI, .container, 8), (nil, .container, 9),
    ]
    for (attribution, kind, times) in ways {
      for _ in 0..<times {
        count(
          try record(syscall: 39), owner: id, attribution: RecordTally.index(of: attribution, kind),
          in: &series)
      }
    }
    var snapshot = MetricsSnapshot()
    series.copy(to: &snapshot)
    #expect(
      zip(RecordTally.OwnerKind.allCases, snapshot.owners[0]).map { "\($0) \($1)" } == [
        "pod 7", "container 17", "host 11", "unknown 7",
      ])
    #expect(snapshot.attributions == [[17, 4, 6, 7, 8, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
  }

  @Test("Records are counted by owner, syscall and action; a syscall of two machines is one series")
  func counts() throws {
    var series = RecordTally()
    let (first, second) = (series.id(of: owner), series.id(of: RecordTally.Owner(pod: "q")))
    #expect(series.id(of: owner) == first)
    for _ in 1...3 { count(try record(syscall: 39), owner: first, attribution: 0, in: &series) }
    // The number of getpid on i386.
    count(try record(syscall: 20, arch: "40000003"), owner: first, attribution: 1, in: &series)
    count(try record(syscall: 39), owner: second, attribution: 1, in: &series)
    count(try record(syscall: 39, code: "0x0"), owner: first, attribution: 1, in: &series)
    for syscall in 900_001...900_100 {
      count(try record(syscall: syscall), owner: second, attribution: 2, in: &series)
    }
    #expect(
      samples(series) == [
        "p getpid log": 4, "q getpid log": 1, "p getpid kill_thread": 1, "q unknown log": 100,
      ])
    var snapshot = MetricsSnapshot()
    series.copy(to: &snapshot)
    #expect(Array(snapshot.attributions[0].prefix(3)) == [3, 3, 100])
  }

  @Test(
    "Beyond the limit the longest unused series are dropped and counted, and the others keep their counts"
  )
  func bounded() throws {
    var series = RecordTally(maxCount: 8)
    for number in 0..<8 {
      series.beginBatch()
      let id = series.id(of: RecordTally.Owner(pod: "\(number)"))
      count(try record(syscall: 39), owner: id, attribution: 0, in: &series)
    }
    series.beginBatch()
    let zero = series.id(of: RecordTally.Owner(pod: "0"))
    count(try record(syscall: 39), owner: zero, attribution: 0, in: &series)
    let new = series.id(of: RecordTally.Owner(pod: "new"))
    count(try record(syscall: 39), owner: new, attribution: 0, in: &series)
    #expect(dropped(series) == [2, 0, 0])
    #expect(
      samples(series) == [
        "0 getpid log": 2, "3 getpid log": 1, "4 getpid log": 1, "5 getpid log": 1, "6 getpid log": 1,
        "7 getpid log": 1, "new getpid log": 1,
      ])
    // A dropped series that returns starts at zero.
    let one = series.id(of: RecordTally.Owner(pod: "1"))
    count(try record(syscall: 39), owner: one, attribution: 0, in: &series)
    #expect(samples(series)["1 getpid log"] == 1)
  }

  @Test("Invented syscalls, machines and actions share one series each and replace no other")
  func madeUp() throws {
    var tally = RecordTally(maxCount: 4)
    let id = tally.id(of: owner)
    count(try record(syscall: 39), owner: id, attribution: 0, in: &tally)
    for number in 1...100 {
      tally.beginBatch()
      count(try record(syscall: 900_000 + number), owner: id, attribution: 0, in: &tally)
      count(
        try record(syscall: 39, arch: String(0xdead_0000 + number, radix: 16)), owner: id, attribution: 0,
        in: &tally)
      count(
        try record(syscall: 39, code: "0x\(String(0x1234 + number, radix: 16))0000"), owner: id,
        attribution: 0, in: &tally)
    }
    #expect(dropped(tally) == [0, 0, 0])
    #expect(samples(tally) == ["p getpid log": 1, "p unknown log": 200, "p getpid unknown": 100])
  }

  @Test("Series continue for owners that return after all owners were forgotten")
  func forgotten() throws {
    var series = RecordTally()
    count(try record(syscall: 39), owner: series.id(of: owner), attribution: 0, in: &series)
    series.forgetOwners()
    count(try record(syscall: 39), owner: series.id(of: owner), attribution: 0, in: &series)
    #expect(samples(series) == ["p getpid log": 2])
  }

  @Test("Many series are returned in parts of complete lines, which together are the whole page")
  func parts() throws {
    var series = RecordTally()
    let record = try record(syscall: 39)
    let name = String(repeating: "p", count: 250)
    for number in 1...5000 {
      let id = series.id(of: RecordTally.Owner(pod: "\(name)\(number)"))
      count(record, owner: id, attribution: 0, in: &series)
    }
    var snapshot = MetricsSnapshot()
    snapshot.node = "worker-1"
    series.copy(to: &snapshot)
    var text = PrometheusText()
    text.add("responding", .gauge, "x", 1)
    var page = Metrics.Page(text, series: snapshot.series(), of: snapshot.node)
    var parts: [String] = []
    while let part = page.next() { parts.append(part) }
    #expect(parts.count > 20)
    #expect(parts.allSatisfy { $0.hasSuffix("\n") && $0.utf8.count < 1 << 17 })
    let lines = parts.joined().split(separator: "\n")
    #expect(lines.count == 3 + 2 + 5000 + 2 * 2)
    #expect(lines[2] == "audit_enricher_responding 1")
    for (number, line) in zip(1..., lines[5..<5005]) {
      let labels =
        #"node="worker-1",namespace="",pod="\#(name)\#(number)",container="",syscall="getpid",action="log""#
      #expect(line == "audit_enricher_seccomp_records_total{\(labels)} 1")
    }
  }
}
