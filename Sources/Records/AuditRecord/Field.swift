/// A field of a record, as lines and journal entries have it.
@usableFromInline
package struct Field: Sendable {
  /// In which lines it stands.
  @usableFromInline
  package enum Level: Sendable {
    /// In all: those of the Security Profiles Operator.
    case basic
    /// In those with `--fields full`.
    case full
  }

  @usableFromInline package let key: StaticString
  @usableFromInline package let level: Level
  /// Its name in journal entries, which have it at every level; nil if they do not have it.
  @usableFromInline package let journal: StaticString?

  @inlinable @inline(__always)
  package init(_ key: StaticString, _ level: Level, journal: StaticString? = nil) {
    self.key = key
    self.level = level
    self.journal = journal
  }
}

extension Field {
  // Those of a syscall, which all kinds that have one share.
  @inlinable package static var syscallID: Field { Field("syscallID", .basic, journal: "SYSCALL_ID") }
  @inlinable package static var syscallName: Field { Field("syscallName", .basic, journal: "SYSCALL_NAME") }
  @inlinable package static var arch: Field { Field("arch", .full, journal: "SYSCALL_ARCH") }
}
