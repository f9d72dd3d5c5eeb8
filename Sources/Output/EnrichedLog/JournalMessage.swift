/// What an entry in the journal is about: its MESSAGE_ID. systemd/audit-enricher.catalog explains each, for `journalctl -x`.
///
/// Never to be changed: whoever filters by one must find the entries of all versions.
package enum JournalMessage: String, CaseIterable, Sendable {
  /// A SECCOMP record.
  case record = "5889585be9d4482992db3c8745a373a1"
  /// Something was lost.
  case loss = "5109f6213e614ceba31ae9e28f37976d"
  /// No process events come: short-lived processes may be unresolved.
  case noProcessEvents = "3c06f42ea2b549f28811a2f0463e00c3"
  /// The container runtime does not answer.
  case noRuntimeAnswer = "c5fed659a27340c38b68abcd96baadc3"
  /// A rule of the kernel's exclude list drops SECCOMP records.
  case excludeRule = "8543a9258e57481cb4e6b9c911fae6e2"
  /// The settings were refused.
  case refusedSettings = "654480ec07d643b2aac11588812e7274"
}
