/// Who made a syscall, as the thread's name says.
///
/// A container's runtime sets the filter some steps before it starts the program, so that its own calls are among the container's
/// records. A process can choose its name: nothing that allows anything may depend on it.
@usableFromInline
package enum SyscallCaller: UInt8, CaseIterable, Sendable {
  case program
  case runc
  case crun

  /// The word in recordings.
  package var name: StaticString {
    switch self {
    case .program: "program"
    case .runc: "runc"
    case .crun: "crun"
    }
  }

  package init?(name: String) {
    guard let caller = Self.allCases.first(where: { "\($0.name)" == name }) else { return nil }
    self = caller
  }

  /// Finds the caller by the text of `comm=`.
  @inlinable @inline(__always)
  package init(comm: borrowing Span<UInt8>) {
    self =
      if comm.hasLiteral("runc:[", at: 0) {
        .runc
      } else if comm.count == 4, comm.hasLiteral("crun", at: 0) {
        .crun
      } else {
        .program
      }
  }
}
