internal import Glibc
package import SystemPackage

extension Errno {
  /// The calling thread's `errno`, to be read right after a failed call.
  package static var last: Errno { Errno(rawValue: currentErrno()) }
}

private func currentErrno() -> CInt { Glibc.errno }
