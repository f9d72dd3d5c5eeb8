internal import Glibc

/// The limit of this process's open files (RLIMIT_NOFILE).
// See: man 2 getrlimit
package enum OpenFileLimit {
  /// The service has some 30 files and sockets open: with fewer, libraries fail in ways that nobody can handle.
  package static let least: UInt64 = 64

  /// The limit is too low and may not be raised.
  package struct TooLow: Error, CustomStringConvertible {
    package var limit: UInt64
    package var description: String {
      "at most \(limit) files may be open, and \(OpenFileLimit.least) are needed (raise the limit: 'ulimit -n', LimitNOFILE= in a unit)"
    }
  }

  /// Raises the limit to what is needed, if it is lower.
  package static func ensure() throws(TooLow) {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < least
    else { return }
    let found = UInt64(limit.rlim_cur)
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(least)))
    guard limit.rlim_cur >= least, unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    else { throw TooLow(limit: found) }
  }
}
