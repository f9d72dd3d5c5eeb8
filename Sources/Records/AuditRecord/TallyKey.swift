/// What records with a syscall are counted by, beside their owner: numbers, which get names when the counts are read.
@usableFromInline
package struct TallyKey: Hashable, Sendable {
  /// An AUDIT_ARCH_* token.
  package var arch: UInt32
  /// What the filter returned, without its data.
  package var action: UInt32
  package var syscall: Int64

  package init(arch: UInt32, syscall: Int64, action: UInt32) {
    (self.arch, self.syscall, self.action) = (arch, syscall, action)
  }
}
