public import AuditRecord

/// The keys that records of one kind have, in the order in which a line has them. The raw values count from 0, and are below 64.
@usableFromInline
package protocol RecordKey: RawRepresentable<UInt8>, CaseIterable, Sendable {
  /// The key whose last eight bytes are `word`, the first one in the highest byte. A shorter key has leading zero bytes.
  static func key(_ word: UInt64) -> Self?

  /// How the kernel writes the key's value.
  var form: ValueForm { get }
  var field: Field { get }
  /// Whether the field has another key than the record.
  var isRenamed: Bool { get }
  /// The record's key.
  var kernelName: StaticString { get }
}

extension RecordKey {
  @inlinable package var isRenamed: Bool { false }
  @inlinable package var kernelName: StaticString { field.key }
}

/// How the kernel writes a value.
@usableFromInline
package enum ValueForm: Sendable {
  /// A decimal number.
  case number
  /// Text that a process or an administrator chose: quoted, or hexadecimal digits in upper case if it cannot be quoted.
  // See: audit_log_untrustedstring() in kernel/audit.c
  case text
  /// Text of the kernel: quoted, so that it may contain spaces. Some kernels do not quote a device, or the lack of an address.
  case literal
  /// Text without spaces, such as an address or a security context. It is never quoted, so a quote has no meaning.
  case word
}
