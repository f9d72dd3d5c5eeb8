package import AuditRecord
internal import SyscallNames

/// One or more equal calls that a line is about.
package struct Observation: Sendable {
  package typealias Name = NamePool.Name

  package var node = Name.none
  package var namespace = Name.none
  package var pod = Name.none
  package var container = Name.none
  /// The image as the pod names it, if the line has it.
  package var image = Name.none
  /// The container's ID, if the line has it.
  package var containerID = Name.none
  package var executable = Name.none
  /// libseccomp's name of the architecture.
  package var arch = Name.none
  /// The syscall's number; -1 if the line has none, or if it is the kernel's -1.
  package var number: Int64 = -1
  /// The syscall's name; empty if it is not known.
  package var syscall = Name.none
  /// What the filter decided; nil if the line does not say so.
  package var action: SeccompAction?
  /// Whether the container's runtime made the call, before the container's program.
  package var runtime: Runtime?
  /// Whether the owner is not known.
  package var isUnresolved = false
  package var count: UInt64 = 1
  /// When the calls were made, in milliseconds since 1970; 0 if it is not known.
  package var first: Int64 = 0
  package var last: Int64 = 0

  package init() {}

  /// A container runtime that makes calls in the container before its program starts.
  package enum Runtime: UInt8, CaseIterable, Sendable {
    case runc
    case crun
  }
}

/// What a line is.
package enum LineContent: Equatable, Sendable {
  /// A line about calls.
  case calls
  /// Records were lost on a node, at a stage.
  case loss
  /// Records of a container were left out.
  case suppressed
  /// Records of a container were counted with less detail. They are in other lines.
  case merged
  /// A record of the kernel's, which has not been enriched.
  case record
  /// A profile on one line.
  case profile
  /// A recording of this program.
  case recording
  /// The first line of an object that has more lines.
  case openObject
  /// Anything else.
  case other
}
