package import Cgroups

/// What /proc says of a process, and when it was asked. Times are nanoseconds of the monotonic clock.
package struct ProcessReading: Equatable, Sendable {
  /// nil if none runs, if it exits and its cgroups say no more whose it is, or if it may not be looked at.
  package var owner: ProcessOwner?
  /// When it was made, to 10 ms; nil if that was not asked for.
  package var began: Int64?
  package var parent: Int32?
  /// Its threads, its first one counted as long as its parent has not asked for its end: 0 if there is no such process, nil
  /// if that was not asked for.
  package var threads: Int?
  /// It makes no record any more: it exits, and no other thread of it is left. False also if that was not asked for.
  package var isOver: Bool
  /// Of a container's process; nil if that was not asked for.
  package var namespace: PIDNamespace?
  /// From before the first look to after the last.
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
