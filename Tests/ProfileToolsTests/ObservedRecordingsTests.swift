import ObservedSyscalls
import ProfileTools
import Recordings
import SeccompProfiles
import TestSupport
import Testing

/// Lines that become recordings.
@Suite struct ObservedRecordingsTests {
  private func made(_ texts: [String], now: Int64 = 5) throws -> ObservedRecordings {
    ObservedRecordings(try readInputs(texts).observations, now: now)
  }

  private func profiles(_ texts: [String], excludingReports: Bool = false) throws -> [String] {
    let found = RecordedContainer.find(in: try readInputs(texts).observations, by: .workload)
    return try found.containers.map { container in
      let made = ProfileMaker().make(container)
      return try made.report + "\n" + ProfileOutput().text(of: made)
    }
  }

  @Test("The recording of lines makes the same profile and the same report as the lines")
  func sameProfile() throws {
    let lines =
      line("read") + line("read", id: "c2") + line("write", comm: "runc:[2:INIT]")
      + line("mkdir", action: "errno")
      + line("statx", pod: "web-7d4b9c6f5-bbbbb", node: "n2", id: "c3") + line("", id: "c1")
      + line("close", pod: "db-0") + #"{"type":"suppressed","node":"n2","namespace":"prod","pod":"db-0","#
      + #""container":"app","count":3}"# + "\n"
    for input in [lines, lines + lossLine, lines + line("futex", attribution: "unresolved")] {
      let text = try made([input]).recordings.map(\.line).joined()
      #expect(try profiles([text]) == profiles([input]))
      #expect(try profiles([input]).count == 2)
    }
  }

  @Test("There is one recording for each node, so that the same lines read twice are one recording again")
  func nodes() throws {
    let lines = line("read") + line("write", node: "n2", id: "c2")
    let recordings = try made([lines]).recordings
    #expect(recordings.map(\.nodes) == [["n1"], ["n2"]])
    #expect(recordings.map(\.instances) == [1, 1])
    let text = recordings.map(\.line).joined()
    let again = try made([text + text]).recordings
    #expect(again == recordings)
    // Lines that came later are a later state.
    let later = try made([lines + line("close", seconds: 1_764_449_999)]).recordings.map(\.line).joined()
    let merged = try RecordedContainer.find(in: readInputs([text + later]).observations, by: .workload)
    #expect(merged.containers[0].seen.keys.sorted() == ["close", "read", "write"])
    #expect(merged.containers[0].instanceCount == 2)
  }

  @Test("A recording says that it is of lines, and what was lost")
  func gaps() throws {
    let recording = try #require(try made([line("read") + lossLine]).recordings.first)
    #expect(recording.gapTexts == ["1 instance known from lines alone", "69234 records lost (socket)"])
    #expect(!recording.isComplete && recording.lossTexts == ["69234 records lost (socket)"])
  }

  @Test("Names that Kubernetes does not allow become no recording")
  func names() throws {
    let found = try made([line("read", container: "../x") + line("read", container: "") + line("write")])
    #expect(found.recordings.count == 1 && found.refused == ["prod/web/-", "prod/web/../x"])
  }

  @Test("What lines say is never more than a recording can have")
  func limits() throws {
    let long = String(repeating: "x", count: 5000)
    let lines = (0..<500).map { line("call\($0)") }.joined() + line(long) + line("read", node: long, id: "c9")
    let text = try made([lines]).recordings.map(\.line).joined()
    for row in text.split(separator: "\n") { _ = try Recording(json: Array(row.utf8).span) }
    #expect(text.utf8.count < 128 << 10)
    // Lines without a time are not taken for one recording.
    let untimed = line("read").replacing("1764449409.000:1", with: "")
    #expect(try made([untimed], now: 77).recordings.map(\.since) == [77])
  }
}
