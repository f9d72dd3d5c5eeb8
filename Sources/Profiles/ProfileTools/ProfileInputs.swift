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

    package init(file: String, profile: SeccompProfile) {
      self.file = file
      self.profile = profile
    }
  }

  package private(set) var observations: Observations
  package private(set) var profiles: [Named] = []
  private var resources: [ProfileResource] = []
  private var recordings = RecordingCollection()
  /// The records without names that were not passed on.
  private var unread = 0

  /// Receives the records without names, line by line.
  package typealias RecordSink = (borrowing Span<UInt8>) throws -> Void

  /// Reads all of `paths`, beside other recordings; `-` is standard input. Records without names, which have to be enriched first, go to
  /// `sink`. A file whose first line begins an object that has more lines, or YAML, has profiles as a whole.
  package init(
    _ paths: [String], recordings others: [Recording] = [], _ selection: Selection = Selection(),
    keepsExecutables: Bool = false, to sink: RecordSink? = nil
  ) throws {
    observations = Observations(selection, keepsExecutables: keepsExecutables)
    for path in paths { try read(path, to: sink) }
    for recording in others { try recordings.add(recording) }
    for recording in recordings.all { try observations.add(recording) }
    // The base of a profile may be in another file.
    profiles = try ProfileResource.merged(resources).map { Named(file: $0.file, profile: $0.profile) }
  }

  /// Reads more lines.
  package mutating func read(_ path: String) throws { try read(path, to: nil) }

  /// Reads a file that has to have one profile.
  package init(profile path: String) throws {
    try self.init([path])
    // A profile may have its base beside it.
    let bases = Set(resources.compactMap(\.base))
    let last = zip(resources, profiles).filter { $0.0.name.map(bases.contains) != true }.map(\.1)
    if last.count == 1 { profiles = last }
    guard profiles.count == 1, observations.calls.isEmpty else {
      throw InvalidProfile(
        file: path.escaped,
        reason: profiles.count > 1
          ? "this has \(profiles.count) profiles, and one is needed" : "this is no profile")
    }
  }

  private mutating func read(_ path: String, to sink: RecordSink?) throws {
    var lines = try LogFileLines(path: path)
    let file = lines.name
    var document: [UInt8]?
    // Of a profile's lines before its first one, the line feeds, so that errors have the right line.
    var start: [UInt8]? = []
    try lines.forEach { line in
      if document != nil { return try document!.append(line, file) }
      // Empty lines and comments may come before a profile.
      let isEmpty = line.count == 0 || line[0] == UInt8(ascii: "#")
      if let feeds = start, !isEmpty, SeccompProfile.beginsYAML(line) {
        document = feeds
        return try document!.append(line, file)
      }
      if isEmpty, start != nil { return try start!.append(line.extracting(first: 0), file) }
      switch try observations.add(line) {
      case .profile: try add(line, file)
      case .recording: try recordings.add(recording(line, file))
      case .record:
        if let sink {
          let record = observations.reader.record
          try sink(record.span)
        } else {
          unread += 1
        }
      case .openObject where start != nil:
        document = start
        try document!.append(line, file)
      default: break
      }
      start = nil
    }
    if let document { try add(document.span, file) }
  }

  private mutating func add(_ text: borrowing Span<UInt8>, _ file: String) throws {
    resources += try ProfileResource.all(text, file: file)
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
    if unread > 0 {
      remarks.append(
        "records without names, which were not read: \(unread) (see --snapshot, or pipe them through 'audit-enricher replay --format json')"
      )
    }
    // Without anything else to show, that is the error.
    if observations.undecided.contains(.labels), !observations.calls.isEmpty || !profiles.isEmpty {
      remarks.append("lines were not read, because only recordings have the labels that --label is about")
    }
    remarks += observations.reader.unread.explanations
    if observations.others > 0 { remarks.append("lines about something else: \(observations.others)") }
    return remarks
  }
}

extension [UInt8] {
  /// Longer than the profiles of any cluster.
  private static let maxDocument = 1 << 24

  /// Appends a line of a document and a line feed.
  fileprivate mutating func append(_ line: borrowing Span<UInt8>, _ file: String) throws(InvalidProfile) {
    guard count + line.count < Self.maxDocument else {
      throw InvalidProfile(file: file, reason: "profiles of more than 16 MiB are not read")
    }
    for index in line.indices { append(line[index]) }
    append(UInt8(ascii: "\n"))
  }
}
