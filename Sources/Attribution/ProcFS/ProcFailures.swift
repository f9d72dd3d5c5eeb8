internal import Glibc
internal import Synchronization

/// How often /proc could not be read, other than because a process has ended. Shared by all copies of a `ProcFS`.
package final class ProcFailures: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// This program, or the machine, has too many files open.
    case files = "too-many-files"
    case permission
    /// All of it cannot be listed, or process 1 is not shown: it is no /proc, or hides processes.
    case noProcesses = "no-processes"
    case other
  }

  private let counts = Mutex<[Kind: UInt64]>([:])
  private let lookups = Atomic<UInt64>(0)

  package subscript(kind: Kind) -> UInt64 { counts.withLock { $0[kind, default: 0] } }

  /// How often a process could not be looked up, of whatever kind. Costs no lock.
  package var failedLookups: UInt64 { lookups.load(ordering: .relaxed) }

  func count(_ kind: Kind) {
    counts.withLock { $0[kind, default: 0] += 1 }
    if kind != .noProcesses { lookups.add(1, ordering: .relaxed) }
  }

  /// Counts why a file of a process could not be opened.
  func count(errno error: Int32) {
    switch error {
    case ENOENT, ESRCH: break
    case EMFILE, ENFILE: count(.files)
    case EACCES, EPERM: count(.permission)
    default: count(.other)
    }
  }
}
