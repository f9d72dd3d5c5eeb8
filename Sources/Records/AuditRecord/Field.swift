/// A field of a record in lines and journal entries.
@usableFromInline
package struct Field: Sendable {
  /// Which lines have the field.
  @usableFromInline
  package enum Level: Sendable {
    /// All lines have it. These are the fields of the Security Profiles Operator.
    case basic
    /// Only lines with `--fields full` have it.
    case full
  }

  @usableFromInline package let key: StaticString
  @usableFromInline package let level: Level
  /// The field's name in journal entries, which have it at every level; nil if they do not have it.
  @usableFromInline package let journal: StaticString?

  @inlinable @inline(__always)
  package init(_ key: StaticString, _ level: Level, journal: StaticString? = nil) {
    self.key = key
    self.level = level
    self.journal = journal
  }
}

extension Field {
  // The fields of a syscall, shared by all record kinds that have one.
  @inlinable package static var syscallID: Field { Field("syscallID", .basic, journal: "SYSCALL_ID") }
  @inlinable package static var syscallName: Field { Field("syscallName", .basic, journal: "SYSCALL_NAME") }
  @inlinable package static var arch: Field { Field("arch", .full, journal: "SYSCALL_ARCH") }
}
