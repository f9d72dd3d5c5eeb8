internal import EnrichedLog
internal import JSONText
package import ObservedSyscalls
package import Recordings
internal import TextTables

/// The recordings of a node, for people and as lines.
package struct RecordingList: Sendable {
  package let recordings: [Recording]
  /// In milliseconds since 1970.
  private let now: Int64

  /// Keeps the selected ones. A pattern for pods has to match the workload's name.
  package init(_ recordings: [Recording], _ selection: Selection = Selection(), now: Int64) {
    self.now = now
    self.recordings =
      recordings.filter { recording in
        var subject = Selection.Subject()
        (subject.namespace, subject.pod) = (recording.subject.namespace, recording.subject.workload)
        (subject.container, subject.image) = (recording.subject.container, recording.images.last ?? "")
        subject.labels = recording.labels
        return selection.decide(subject).isSelected
      }.sorted
  }

  /// A table with a line for each recording.
  package func table() -> String {
    let head = [
      "NAMESPACE", "WORKLOAD", "CONTAINER", "INSTANCES", "SYSCALLS", "LAST NEW", "EXECS", "COMPLETE",
    ]
    let rows = recordings.map { recording in
      recording.subject.names + [
        "\(recording.instances)", "\(recording.syscalls)",
        recording.lastNew.map { "\(Self.duration(max(0, now - $0))) ago" } ?? "-", "\(recording.executions)",
        recording.isComplete ? "yes" : "no: \(recording.gapTexts.joined(separator: ", "))",
      ]
    }
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    return ([head] + rows).map { row in
      let cells = zip(row, widths).dropLast().map { $0.padded(to: $1 + 3) }
      return cells.joined() + row[row.count - 1]
    }.joined(separator: "\n")
  }

  /// A JSON array with what the table shows, in the keys of a recording's text.
  package func json() -> String {
    JSONNode.array(
      recordings.map { recording in
        .object([
          "namespace": .string(recording.subject.namespace),
          "workload": .string(recording.subject.workload),
          "workloadKind": .string(recording.workloadKind),
          "container": .string(recording.subject.container),
          "images": .strings(recording.images),
          "labels": .strings(recording.labels),
          "runtimes": .strings(recording.runtimes),
          "noNewPrivileges": .array(
            recording.noNewPrivileges.sorted { !$0 && $1 }.map { JSONNode(.bool($0)) }),
          "profile": recording.profile?.json,
          "instances": .number(recording.instances),
          "syscalls": .number(recording.syscalls),
          "since": .number(recording.since),
          "until": .number(recording.until),
          "lastNew": recording.lastNew.map { .number($0) },
          "executions": .number(recording.executions),
          "complete": JSONNode(.bool(recording.isComplete)),
          "incomplete": .strings(recording.gapTexts),
        ])
      }
    ).compact
  }

  /// The text of all recordings, one on each line.
  package func lines() -> String { recordings.map { String($0.line.dropLast()) }.joined(separator: "\n") }

  /// A time span in its largest unit, such as `3h`.
  private static func duration(_ milliseconds: Int64) -> String {
    let seconds = milliseconds / 1000
    return switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m"
    case ..<86_400: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}
