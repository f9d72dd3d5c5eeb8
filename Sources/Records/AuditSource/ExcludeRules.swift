package import AuditRecord
internal import Clibaudit

extension AuditControl {
  /// How many records a rule of the exclude list drops.
  package enum Hiding: Int, Comparable, Sendable {
    case nothing
    /// Records of some processes, which the rule's other fields select.
    case partly
    case all

    package static func < (one: Hiding, other: Hiding) -> Bool { one.rawValue < other.rawValue }
  }
}

extension [AuditControl.Comparison] {
  /// How many records of a type this rule of the exclude list drops. A record must match all comparisons.
  package func hides(_ type: RecordType) -> AuditControl.Hiding {
    let types = filter { $0.field == UInt32(AUDIT_MSGTYPE) }
    guard types.allSatisfy({ $0.holds(for: type) }) else { return .nothing }
    return types.count == count ? .all : .partly
  }
}

extension AuditControl.Comparison {
  /// For a comparison of record types: whether a type matches.
  fileprivate func holds(for type: RecordType) -> Bool {
    let type = UInt32(type.number)
    switch `operator` {
    case UInt32(AUDIT_EQUAL): return type == value
    case UInt32(AUDIT_NOT_EQUAL): return type != value
    case UInt32(AUDIT_LESS_THAN): return type < value
    case UInt32(AUDIT_LESS_THAN | AUDIT_EQUAL): return type <= value
    case UInt32(AUDIT_GREATER_THAN): return type > value
    case UInt32(AUDIT_GREATER_THAN | AUDIT_EQUAL): return type >= value
    default: return false
    }
  }
}
