/// Whose claim that a line is a record of the kernel's is accepted.
package enum OriginTrust: String, CaseIterable, Sendable {
  /// That of the kernel, auditd, and the daemons that state from where a message came.
  case kernel
  /// That of any program.
  case any
}
