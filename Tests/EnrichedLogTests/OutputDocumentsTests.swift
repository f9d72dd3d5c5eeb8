import AuditRecord
import AuditSource
import EnrichedLog
import LogOutput
import TestSupport
import Testing

/// Tests that the output page and the manual page explain exactly the keys and fields of the output.
@Suite struct OutputDocumentsTests {
  private let page: DocumentPage
  private let manual: ManualPage

  init() throws {
    page = try DocumentPage("Output")
    manual = try ManualPage("audit-enricher-output.7")
  }

  /// All keys that the output can have.
  private static let keys: Set<String> = {
    let rendering = Rendering(style: .json, owner: RecordFormatTests.redis)
    let warnings = [rendering.loss(1), rendering.suppression(1)]
    // These lines also have the keys that are not defined as a `Field`, such as `time` and `logger`.
    let written = (try? rendering.json(payload()).keys).map(Array.init) ?? []
    let inWarnings = warnings.flatMap { (try? Rendering.decode(Array($0.utf8)).keys).map(Array.init) ?? [] }
    return Set(FieldCollector.ofOutput.keys + written + inWarnings)
  }()

  @Test("Both documents explain each key of a line once, and no other")
  func keys() {
    #expect(Self.keys.isSuperset(of: ["time", "timestamp", "logger", "level", "message"]))
    for terms in [page.terms(under: "key"), manual.terms(in: "KEYS")] {
      #expect(Set(terms) == Self.keys)
      #expect(terms.count == Self.keys.count)
    }
  }

  @Test("Both documents explain each attribution, and no other")
  func attributions() {
    let names = Set(Attribution.allCases.map(\.rawValue))
    #expect(Set(page.terms(under: "`attribution`")) == names)
    #expect(Set(manual.terms(in: "ATTRIBUTION")) == names)
  }

  @Test(
    "The page on losses and the manual page explain each stage of losses, and no other")
  func losses() throws {
    let names = Set(LossStage.allCases.map(\.rawValue))
    #expect(try Set(DocumentPage("Losses").terms(under: "`place`")) == names)
    #expect(Set(manual.terms(in: "LOSSES")) == names)
  }

  @Test("Both documents explain each field of a journal entry, and no other")
  func fields() throws {
    // The names that are not defined as a `Field`, either with the beginning of their value, `"PRIORITY=4"`, or without,
    // `put("AUDIT_ID"`.
    let source = try ["EnrichedLog/JournalSink", "LogOutput/JournalWriter"].map {
      try ProjectFile.text(of: "Sources/Output/\($0).swift")
    }.joined()
    let others = source.matches(of: /"([A-Z][A-Z0-9_]+)(?:=[^"]*)?"/).map { String($0.1) }
    let names = Set(FieldCollector.ofOutput.journal + others)
    #expect(names.count > 15)
    #expect(Set(page.terms(under: "field")) == names)
    #expect(Set(manual.terms(in: "JOURNAL FIELDS")) == names)
  }

  @Test(
    "Both documents name the IDs of records and losses",
    arguments: [JournalMessage.record, .apparmor, .selinux, .loss, .merged])
  func messages(_ message: JournalMessage) {
    #expect(page.text.contains("`\(message.rawValue)`"))
    #expect(manual.text.contains(message.rawValue))
  }
}
