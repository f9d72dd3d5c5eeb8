internal import AuditSource
internal import EnrichedLog
internal import LogSource
package import ObservedSyscalls
package import Recordings
package import SeccompProfiles

/// What files of any mixture say: lines of any form, recordings, and profiles.
package struct ProfileInputs {
  /// A profile and the file that it is from.
  package struct Named: Equatable, Sendable {
    package var file: String
    package var profile: SeccompProfile
  }

  package private(set) var observations: Observations
  package private(set) var profiles: [Named] = []
  private var recordings = RecordingCollection()

  /// Longer than any profile.
  private static let maxDocument = 1 << 24

  /// Reads all of `paths`, beside other recordings; `-` is standard input. A file whose first line begins an object that has more lines is a profile as a whole.
  package init(
    _ paths: [String], recordings others: [Recording] = [], _ selection: Selection = Selection(),
    keepsExecutables: Bool = false
  ) throws {
    observations = Observations(selection, keepsExecutables: keepsExecutables)
    for path in paths { try read(path) }
    for recording in others { try recordings.add(recording) }
    for recording in recordings.all { try observations.add(recording) }
  }

  /// Reads a file that has to be one profile.
  package init(profile path: String) throws {
    try self.init([path])
    guard profiles.count == 1, observations.calls.isEmpty else {
      throw InvalidProfile(file: path.escaped, reason: "this is no profile")
    }
  }

  private mutating func read(_ path: String) throws {
    var lines = try LogFileLines(path: path)
    let file = lines.name
    var document: [UInt8]?
    var isFirst = true
    try lines.forEach { line in
      if document != nil {
        guard document!.count + line.count < Self.maxDocument else {
          throw InvalidProfile(file: file, reason: "a profile of more than 16 MiB is not read")
        }
        document!.append(line)
        return
      }
      switch try observations.add(line) {
      case .profile: profiles.append(Named(file: file, profile: try SeccompProfile(json: line, file: file)))
      case .recording:
        try recordings.add(recording(line, file))
      case .openObject where isFirst:
        document = []
        document!.append(line)
      default: break
      }
      // Empty lines may come before the object.
      if line.count > 0 { isFirst = false }
    }
    guard let document else { return }
    profiles.append(Named(file: file, profile: try SeccompProfile(json: document.span, file: file)))
  }

  private func recording(
    _ line: borrowing Span<UInt8>, _ file: String
  ) throws(InvalidProfile) -> Recording {
    do { return try Recording(json: line) } catch {
      throw InvalidProfile(file: file, reason: error.description)
    }
  }

  /// What of the input was not used, and what to do about it; one sentence each.
  package var remarks: [String] {
    var remarks: [String] = []
    if observations.records > 0 {
      remarks.append(
        "records without names, which were not read: \(observations.records) (pipe them through 'audit-enricher replay --format json' first)"
      )
    }
    if observations.others > 0 { remarks.append("lines about something else: \(observations.others)") }
    return remarks
  }
}

extension [UInt8] {
  /// Appends a line and a line feed.
  fileprivate mutating func append(_ line: borrowing Span<UInt8>) {
    for index in line.indices { append(line[index]) }
    append(UInt8(ascii: "\n"))
  }
}
