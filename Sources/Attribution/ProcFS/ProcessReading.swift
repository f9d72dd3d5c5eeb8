package import Cgroups

/// What /proc shows of a process, and when it was read. Times are nanoseconds of the monotonic clock.
package struct ProcessReading: Equatable, Sendable {
  /// What to read. Often the owner is enough, which is quicker to read.
  package enum Scope: Sendable {
    case owner
    /// The owner, start time, parent, threads, and PID namespace.
    case everything
  }

  /// nil if the process does not run, if it is exiting and its cgroups do not show the owner any more, if they contradict each other, or
  /// if it may not be read.
  package var owner: ProcessOwner?
  /// When the process was created, with a precision of 10 ms; nil if not requested.
  package var began: Int64?
  package var parent: Int32?
  /// The number of threads. The first thread counts until the parent has waited for the process. 0 if there is no such process,
  /// nil if not requested.
  package var threads: Int?
  /// Whether the process will cause no more records, because it is exiting and has no other thread. False if not requested.
  package var isOver: Bool
  /// The PID namespace of a container's process; nil if not requested.
  package var namespace: PIDNamespace?
  /// The period from before the first read to after the last.
  package var asked: ClosedRange<Int64>

  package init(
    owner: ProcessOwner?, began: Int64? = nil, parent: Int32? = nil, threads: Int? = nil,
    isOver: Bool = false, namespace: PIDNamespace? = nil, asked: ClosedRange<Int64>
  ) {
    self.owner = owner
    self.began = began
    self.parent = parent
    self.threads = threads
    self.isOver = isOver
    self.namespace = namespace
    self.asked = asked
  }
}
