/// An event of a process that the kernel reports. Its time is in nanoseconds of the monotonic clock.
package struct ProcessEvent: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// The process was created. Its parent need not be its creator: with CLONE_PARENT the new process is a sibling of its creator.
    case fork(parent: Int32)
    case exec
    /// The first thread of the process ended; other threads may continue for a while.
    case exit
    /// The process created a thread.
    case threadFork
    /// A thread of the process ended, but not its first one.
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
