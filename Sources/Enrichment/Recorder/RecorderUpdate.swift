internal import AuditRecord
package import Cgroups
package import ContainerRuntime
package import Recordings

/// What a recorder has counted since its last update.
package struct RecorderUpdate: Sendable {
  /// A container whose first record was counted.
  package struct Container: Sendable {
    package var subject: RecordingSubject
    package var workloadKind: String
    package var id: String
    package var containerID: ContainerID
    package var image: String
    /// Whether it was created after the recorder had begun to see all records.
    package var isFromStart: Bool
  }

  /// What the runtime reports of a container on request.
  package struct Description: Sendable {
    package var subject: RecordingSubject
    package var report: ContainerReport
    /// The runtime with its version, such as `containerd 1.7.27`.
    package var runtime: String

    package init(of subject: RecordingSubject, _ report: ContainerReport, runtime: String) {
      self.subject = subject
      self.report = report
      self.runtime = runtime
    }
  }

  /// Something that happened to a container.
  package struct Event: Sendable {
    package enum Kind: Sendable {
      /// Its runtime was seen to start its program.
      case started
      /// Its program made calls, and its start was not seen.
      case startUnseen
      case ended
    }
    package var kind: Kind
    package var subject: RecordingSubject
    package var id: String
  }

  /// Equal calls of a recording. `call` is nil for calls that have no cell.
  package struct Count: Sendable {
    package var subject: RecordingSubject
    package var call: Recording.Call?
    package var tally: Recording.Tally
  }

  /// In milliseconds since 1970.
  package var time: Int64
  package var containers: [Container] = []
  package var events: [Event] = []
  package var counts: [Count] = []
  /// What all running containers may have lost.
  package var losses: [Recording.Gap: UInt64] = [:]
  /// Containers that could not be recorded because there are too many, or because of their names.
  package var refused: UInt64 = 0

  package init(time: Int64) { self.time = time }

  package var isEmpty: Bool {
    containers.isEmpty && events.isEmpty && counts.isEmpty && losses.isEmpty && refused == 0
  }
}
