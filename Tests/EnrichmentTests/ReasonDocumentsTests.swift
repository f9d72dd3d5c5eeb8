import AuditRecord
import Enrichment
import ProcessTable
import TestSupport
import Testing

/// Tests that the documents explain exactly the reasons that lines can have.
@Suite struct ReasonDocumentsTests {
  @Test("Both documents explain each reason for an uncertain owner, and no other")
  func reasons() throws {
    let names = Set(
      ProcessTable.Unresolved.allCases.map(\.rawValue) + OwnerReason.allCases.map(\.rawValue)
        + ProcessUncertainty.allCases.map(\.rawValue))
    #expect(try Set(DocumentPage("Output").terms(under: "`reason`")) == names)
    #expect(try Set(ManualPage("audit-enricher-output.7").terms(in: "REASONS")) == names)
  }
}
