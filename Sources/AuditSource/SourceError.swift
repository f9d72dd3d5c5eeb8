public import SystemPackage

/// Why a source cannot be opened or read: what was tried, on what, the kernel's answer, and what to do.
public struct SourceError: Error, CustomStringConvertible, Sendable {
  /// What was tried, such as "cannot join the audit multicast group".
  public var operation: String
  /// The kernel's answer, where it gave one.
  public var errno: Errno?
  /// What to do about it.
  public var remedy: String

  public init(_ operation: String, _ errno: Errno?, remedy: String) {
    self.operation = operation
    self.errno = errno
    self.remedy = remedy
  }

  /// Whether it is only a matter of rights.
  public var isPermission: Bool { errno == .notPermitted || errno == .permissionDenied }

  public var description: String {
    let cause = errno.map { ": \(String(describing: $0).lowercasedFirst)" } ?? ""
    return "\(operation)\(cause) (\(remedy))"
  }
}

extension String {
  /// Error texts of the C library begin with a capital; ours stand within a sentence.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

extension Errno {
  /// The calling thread's `errno`, to be read right after a failed call.
  package static var last: Errno { Errno(rawValue: currentErrno()) }
}

internal import Glibc

private func currentErrno() -> CInt { Glibc.errno }
