/// What the tally distinguishes records by, besides their owner. These are numbers; names are looked up when the counts are read.
@usableFromInline
package struct TallyKey: Hashable, Sendable {
  /// An AUDIT_ARCH_* token.
  package var arch: UInt32
  /// The filter's return value without its data.
  package var action: UInt32
  package var syscall: Int64

  package init(arch: UInt32, syscall: Int64, action: UInt32) {
    (self.arch, self.syscall, self.action) = (arch, syscall, action)
  }
}
