package import AuditRecord
internal import AuditSource

/// The fields of lines and journal entries that are not about a record, but about losses and suppressed records.
package enum LossField {
  package static let count = Field("count", .basic, journal: "LOSS_COUNT")
  package static let suppressed = Field("suppressed", .basic, journal: "LOSS_COUNT")
  package static let `where` = Field("where", .basic)
  /// The same value as `where`, under a name that is not reserved in SQL.
  package static let place = Field("place", .basic, journal: "LOSS_PLACE")

  package static let all = [count, suppressed, `where`, place]
}

extension LossStage {
  /// The message of a loss line. Only records that can never become a line are called lost.
  var message: StaticString {
    switch self {
    case .socket, .kernel, .serialGap, .journal, .memory, .rotation: "audit records lost"
    case .connector: "process events lost"
    case .parked: "audit records without names"
    case .suppressed: "audit records suppressed"
    }
  }

  /// The value of the field `type`.
  var type: StaticString { self == .suppressed ? "suppressed" : "loss" }
}
