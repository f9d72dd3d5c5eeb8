internal import LinuxSystem
package import SystemPackage

/// Why a source cannot be opened or read: what was tried, on what, the kernel's answer, and what to do.
package struct SourceError: Error, CustomStringConvertible, Sendable {
  /// What was tried, such as "cannot join the audit multicast group".
  package var operation: String
  /// The kernel's answer, where it gave one.
  package var errno: Errno?
  /// What to do about it; empty where only a look at the whole may tell.
  package var remedy: String

  package init(_ operation: String, _ errno: Errno?, remedy: String) {
    self.operation = operation
    self.errno = errno
    self.remedy = remedy
  }

  /// Whether it is only a matter of rights.
  package var isPermission: Bool { errno == .notPermitted || errno == .permissionDenied }

  /// No audit socket can be opened at all.
  static func noAudit(_ errno: Errno) -> SourceError {
    SourceError(
      "cannot open an audit socket", errno,
      remedy: errno == .protocolNotSupported
        ? "this kernel has no audit, or was booted with audit=0: remove that from its command line"
        : "")
  }

  /// What was tried, and the kernel's answer.
  package var failure: String {
    operation + (errno.map { ": \(String(describing: $0).lowercasedFirst)" } ?? "")
  }

  package var description: String {
    "\(failure) (\(remedy.isEmpty ? "see 'audit-enricher doctor'" : remedy))"
  }
}

extension String {
  /// Error texts of the C library begin with a capital; ours stand within a sentence.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
