internal import AuditRecord
internal import Clibseccomp
internal import Glibc

/// What a filter decides about a call.
package struct FilterOutcome: Hashable, Comparable, Sendable {
  /// The filter's return value.
  package let value: UInt32

  package init(_ value: UInt32) { self.value = value }

  static let notImplemented = FilterOutcome(SeccompAction.errno.rawValue | UInt32(ENOSYS))

  private var action: SeccompAction? { SeccompAction(rawValue: value & 0xffff_0000) }

  /// Whether the call is made.
  package var permits: Bool { value == enricher_scmp_act_allow || action == .log }

  /// The kernel's name of the action, with the number of an `errno`: `errno(EPERM)`.
  package var name: String {
    guard let action else { return permits ? "allow" : "unknown" }
    guard action == .errno else { return "\(action.name)" }
    return switch Int32(value & 0xffff) {
    case EPERM: "errno(EPERM)"
    case ENOSYS: "errno(ENOSYS)"
    case EACCES: "errno(EACCES)"
    case let number: "errno(\(number))"
    }
  }

  /// Outcomes in which the call is made come first.
  package static func < (first: FilterOutcome, second: FilterOutcome) -> Bool { first.value > second.value }
}
