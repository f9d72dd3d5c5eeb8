/// What the tally distinguishes records by, besides their owner. These are numbers; names are looked up when the counts are read.
@usableFromInline
package struct TallyKey: Hashable, Sendable {
  /// An AUDIT_ARCH_* token; 0 for kinds without a syscall.
  package var arch: UInt32
  /// The filter's return value without its data, of which the lower half is 0; the kind's number for kinds without a syscall.
  package var action: UInt32
  /// For kinds without a syscall, the hash of what distinguishes their records.
  package var syscall: Int64

  package init(arch: UInt32, syscall: Int64, action: UInt32) {
    (self.arch, self.syscall, self.action) = (arch, syscall, action)
  }

  /// The key of a kind whose records are distinguished by texts. Each process has its own seed, so that no one can choose texts with equal
  /// hashes.
  package init(_ kind: RecordKinds, hash: consuming Hasher) {
    self.init(arch: 0, syscall: Int64(hash.finalize()), action: UInt32(kind.rawValue))
  }

  /// The kind of the records.
  package var kind: RecordKinds {
    action & 0xffff == 0 ? .seccomp : RecordKinds(rawValue: UInt8(action & 0xff))
  }
}
