internal import AuditRecord

extension Recording {
  /// Why an instance's calls may not all be among those of its recording.
  package struct Gap: Hashable, Sendable {
    /// The word in a recording's text.
    package let name: String

    /// Nil for a text that cannot be a word of this or a later version.
    package init?(name: String) {
      guard (1...32).contains(name.utf8.count),
        name.utf8.allSatisfy({ (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "-") })
      else { return nil }
      self.name = name
    }

    private init(known name: String) { self.name = name }

    /// The instance had started before the recording began.
    package static let startedBefore = Gap(known: "started-before")
    /// The container's runtime was not seen to start the program: its filter does not log that, or the runtime is another one.
    package static let startUnseen = Gap(known: "start-unseen")
    /// The service was restarted, and what it had in memory was lost.
    package static let restart = Gap(known: "restart")
    /// Records on the node whose container is not known.
    package static let unresolved = Gap(known: "unresolved")
    /// Calls beyond the limit of a recording.
    package static let otherCalls = Gap(known: "other-calls")
    /// Records that a limit kept from becoming lines, of which the recording was made.
    package static let suppressed = Gap(known: "suppressed")
    /// The instance is known from lines alone, which do not tell whether its start is among them.
    package static let lines = Gap(known: "lines")
    /// Records that were lost at a stage, as lines about losses name it.
    package static func lost(at stage: String) -> Gap { Gap(known: stage) }

    /// The reason and how often there was one, such as `69 records lost (socket)`.
    package func text(_ count: UInt64) -> String {
      let s = count == 1 ? "" : "s"
      return switch self {
      case .startedBefore: "\(count) instance\(s) started before the recording"
      case .startUnseen: "\(count) instance\(s) whose start was not logged"
      case .restart: "\(count) restart\(s) of the service that lost its memory"
      case .unresolved: "\(count) record\(s) unresolved"
      case .otherCalls: "\(count) record\(s) of more calls than a recording has"
      case .suppressed: "\(count) record\(s) suppressed"
      case .lines: "\(count) instance\(s) known from lines alone"
      default: "\(count) record\(s) lost (\(name))"
      }
    }
  }

  /// What makes the recording incomplete, for people; empty if it is complete.
  package var gapTexts: [String] {
    guard !isComplete else { return [] }
    guard !gaps.isEmpty else { return ["no instance was seen from its start"] }
    return texts(of: gaps)
  }

  /// What makes a profile of the recording incomplete. That lines do not tell of the start is no loss.
  package var lossTexts: [String] {
    guard gaps[.lines] != nil, !isComplete else { return gapTexts }
    return texts(of: gaps.filter { $0.key != .lines })
  }

  private func texts(of gaps: [Gap: UInt64]) -> [String] {
    gaps.sorted { $0.key.name < $1.key.name }.map { $0.key.text($0.value) }
  }
}
