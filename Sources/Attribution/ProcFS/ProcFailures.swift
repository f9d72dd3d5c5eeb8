internal import Glibc
internal import Synchronization

/// Counts how often /proc could not be read, except because a process has ended. All copies of a `ProcFS` share the counts.
package final class ProcFailures: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// This program, or the machine, has too many open files.
    case files = "too-many-files"
    case permission
    /// /proc cannot be listed, or does not show process 1: the root is not a /proc, or hides processes.
    case noProcesses = "no-processes"
    case other
  }

  private let counts = Mutex<[Kind: UInt64]>([:])
  private let lookups = Atomic<UInt64>(0)

  package subscript(kind: Kind) -> UInt64 { counts.withLock { $0[kind, default: 0] } }

  /// How many lookups of processes failed, for any reason. Reading the number needs no lock.
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
