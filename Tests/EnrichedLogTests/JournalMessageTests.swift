import EnrichedLog
import FoundationEssentials
import Testing

@Suite struct JournalMessageTests {
  @Test("Message IDs never change, so that a filter finds the entries of all versions")
  func fixed() {
    #expect(
      JournalMessage.allCases.map(\.rawValue) == [
        "5889585be9d4482992db3c8745a373a1", "5109f6213e614ceba31ae9e28f37976d",
        "3c06f42ea2b549f28811a2f0463e00c3",
        "c5fed659a27340c38b68abcd96baadc3", "8543a9258e57481cb4e6b9c911fae6e2",
        "654480ec07d643b2aac11588812e7274", "4c0f1f5d5f7e4a6c9b1de0a2c3b7d914",
        "e7a92b6c18d04f3fb5aa6d30f1c28e57", "2bee78dab4d34e739f94e739b574fc74",
      ])
  }

  @Test("The catalog explains each message ID, and nothing else")
  func catalog() throws {
    let project = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let data = try Data(contentsOf: project.appending(path: "systemd/audit-enricher.catalog"))
    let explained = String(decoding: data, as: UTF8.self).split(separator: "\n").filter {
      $0.hasPrefix("-- ")
    }
    #expect(explained.map { String($0.dropFirst(3)) } == JournalMessage.allCases.map(\.rawValue))
  }
}
