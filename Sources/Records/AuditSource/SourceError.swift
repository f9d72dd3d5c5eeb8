internal import LinuxSystem
package import SystemPackage

/// Why a source cannot be opened or read: the operation and its subject, the kernel's answer, and what to do.
package struct SourceError: Error, CustomStringConvertible, Sendable {
  /// The operation that failed, such as "cannot join the audit multicast group".
  package var operation: String
  /// The kernel's error, if it returned one.
  package var errno: Errno?
  /// What to do about it; empty if only `audit-enricher doctor` can find out.
  package var remedy: String

  package init(_ operation: String, _ errno: Errno?, remedy: String) {
    self.operation = operation
    self.errno = errno
    self.remedy = remedy
  }

  /// Whether only privileges are missing.
  package var isPermission: Bool { errno == .notPermitted || errno == .permissionDenied }

  /// The error if no audit socket can be opened.
  static func noAudit(_ errno: Errno) -> SourceError {
    SourceError(
      "cannot open an audit socket", errno,
      remedy: errno == .protocolNotSupported
        ? "this kernel has no audit, or was booted with audit=0: remove that from its command line"
        : "")
  }

  /// The failed operation and the kernel's error.
  package var failure: String {
    operation + (errno.map { ": \(String(describing: $0).lowercasedFirst)" } ?? "")
  }

  package var description: String {
    "\(failure) (\(remedy.isEmpty ? "see 'audit-enricher doctor'" : remedy))"
  }
}

extension String {
  /// Error texts of the C library begin with a capital letter, but here they follow a colon.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
