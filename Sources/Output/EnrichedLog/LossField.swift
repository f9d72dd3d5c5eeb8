package import AuditRecord
internal import AuditSource

/// The fields of lines and journal entries that are about no record: what was lost, and what was left out.
package enum LossField {
  package static let count = Field("count", .basic, journal: "LOSS_COUNT")
  package static let suppressed = Field("suppressed", .basic, journal: "LOSS_COUNT")
  package static let `where` = Field("where", .basic)
  /// The same as `where`, under a name that SQL does not reserve.
  package static let place = Field("place", .basic, journal: "LOSS_PLACE")

  package static let all = [count, suppressed, `where`, place]
}

extension LossPlace {
  /// What a line says of it. Only what can never be a line counts as a lost record.
  var message: StaticString {
    switch self {
    case .socket, .kernel, .serialGap, .journal, .memory, .rotation: "audit records lost"
    case .connector: "process events lost"
    case .parked: "audit records without names"
    case .suppressed: "audit records suppressed"
    }
  }

  /// The type of such a line.
  var type: StaticString { self == .suppressed ? "suppressed" : "loss" }
}
