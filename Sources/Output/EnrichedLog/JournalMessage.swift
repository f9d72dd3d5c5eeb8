/// The subject of a journal entry: its MESSAGE_ID. systemd/audit-enricher.catalog explains each one, for `journalctl -x`.
///
/// The IDs must never change, so that a filter for an ID finds the entries of all versions.
package enum JournalMessage: String, CaseIterable, Sendable {
  /// A record of SECCOMP.
  case record = "5889585be9d4482992db3c8745a373a1"
  /// A loss.
  case loss = "5109f6213e614ceba31ae9e28f37976d"
  /// Process events are not available, so short-lived processes may be unresolved.
  case noProcessEvents = "3c06f42ea2b549f28811a2f0463e00c3"
  /// The container runtime does not answer.
  case noRuntimeAnswer = "c5fed659a27340c38b68abcd96baadc3"
  /// A rule of the kernel's exclude list drops records.
  case excludeRule = "8543a9258e57481cb4e6b9c911fae6e2"
  /// The settings were rejected.
  case refusedSettings = "654480ec07d643b2aac11588812e7274"
  /// A record of AppArmor.
  case apparmor = "4c0f1f5d5f7e4a6c9b1de0a2c3b7d914"
  /// A record of SELinux.
  case selinux = "e7a92b6c18d04f3fb5aa6d30f1c28e57"
  /// Records were counted with less detail.
  case merged = "2bee78dab4d34e739f94e739b574fc74"
}
