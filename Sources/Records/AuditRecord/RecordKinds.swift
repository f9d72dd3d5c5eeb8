/// A set of record kinds.
@usableFromInline
package struct RecordKinds: OptionSet, Hashable, Sendable {
  @usableFromInline package let rawValue: UInt8

  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable package static var seccomp: RecordKinds { RecordKinds(rawValue: 1) }
  @inlinable package static var apparmor: RecordKinds { RecordKinds(rawValue: 2) }
  @inlinable package static var selinux: RecordKinds { RecordKinds(rawValue: 4) }
  package static let all: RecordKinds = [seccomp, apparmor, selinux]

  /// The kinds by their names in lines.
  package static let names: [(name: String, kind: RecordKinds)] = [
    ("seccomp", seccomp), ("apparmor", apparmor), ("selinux", selinux),
  ]

  /// The index of a single kind in `names`.
  package var index: Int { rawValue.trailingZeroBitCount }

  /// Parses names such as `seccomp,apparmor`; nil for an unknown name, a repeated one, or none.
  package init?(_ text: String) {
    self = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let kind = Self.names.first(where: { $0.name == part })?.kind, insert(kind).inserted else {
        return nil
      }
    }
  }

  /// The types of the records of these kinds.
  package var types: [RecordType] {
    (contains(.seccomp) ? [.seccomp] : []) + (isDisjoint(with: [.apparmor, .selinux]) ? [] : [.avc])
  }
}
