/// What the kernel tells of a process, and when: nanoseconds of the monotonic clock.
package struct ProcessEvent: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// A process was made. Its parent need not be the one that made it: a clone with CLONE_PARENT is its maker's sibling.
    case fork(parent: Int32)
    case exec
    /// Its first thread ended; others may go on for a while.
    case exit
    /// It made a thread.
    case threadFork
    /// A thread of it ended that was not its first.
    case threadExit
  }
  package var kind: Kind
  package var pid: Int32
  package var time: Int64

  package init(_ kind: Kind, pid: Int32, time: Int64) {
    self.kind = kind
    self.pid = pid
    self.time = time
  }
}
