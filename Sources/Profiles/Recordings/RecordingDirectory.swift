internal import LinuxSystem
package import SystemPackage

/// The directory with a node's recordings: NAMESPACE/WORKLOAD/CONTAINER.json, each with one line.
package struct RecordingDirectory: ~Copyable {
  /// What is in the directory.
  package struct Contents: Sendable {
    package var recordings: [Recording] = []
    /// The paths of files that cannot be read or are no recordings, and why.
    package var damaged: [(path: [String], reason: String)] = []
    /// Whether there are more recordings than were read.
    package var isTooLarge = false
  }

  /// The usual directory, which the service's unit has.
  package static let usualPath = "/var/lib/audit-enricher"

  private let tree: DirectoryTree
  private static let suffix = ".json"
  private static let maxFile = 1 << 20
  /// The names of pods tell who uses a node, so they are for its administrators.
  private static let modes = DirectoryTree.Modes(file: 0o640, directory: 0o750)

  /// Opens the directory, or makes it if `mayBeMissing`.
  package init(path: String, mayBeMissing: Bool = false) throws(Errno) {
    tree = try DirectoryTree(path: path, makingWith: mayBeMissing ? Self.modes.directory : nil)
  }

  package func write(_ recording: Recording) throws(Errno) {
    try tree.write(Array(recording.line.utf8), to: Self.path(of: recording.subject), Self.modes)
  }

  /// Reads at most `maxCount` recordings. Files with other names, and files of other programs, are left alone.
  package func read(maxCount: Int) throws(Errno) -> Contents {
    var contents = Contents()
    for namespace in try tree.names(in: []) {
      for workload in subdirectories([namespace]) {
        for file in subdirectories([namespace, workload]) where file.hasSuffix(Self.suffix) {
          guard
            let subject = RecordingSubject(
              namespace: namespace, workload: workload, container: String(file.dropLast(Self.suffix.count)))
          else { continue }
          guard contents.recordings.count < maxCount else {
            contents.isTooLarge = true
            return contents
          }
          do throws(InvalidRecording) {
            contents.recordings.append(try read(subject))
          } catch {
            contents.damaged.append((Self.path(of: subject), error.description))
          }
        }
      }
    }
    return contents
  }

  /// Renames a damaged file, so that another can have its name.
  package func setAside(_ path: [String]) throws(Errno) {
    guard let name = path.last else { return }
    try tree.rename(path, to: "\(name).bad")
  }

  /// The names in a directory of that name; none if it is something else.
  private func subdirectories(_ path: [String]) -> [String] { (try? tree.names(in: path)) ?? [] }

  private func read(_ subject: RecordingSubject) throws(InvalidRecording) -> Recording {
    let bytes: [UInt8]
    do { bytes = try tree.read(Self.path(of: subject), maxCount: Self.maxFile) } catch {
      throw InvalidRecording(reason: "it cannot be read: \(String(describing: error).lowercased())")
    }
    let recording = try Recording(json: bytes.span)
    guard recording.subject == subject else {
      throw InvalidRecording(reason: "it is of \(recording.subject), which its path is not")
    }
    return recording
  }

  private static func path(of subject: RecordingSubject) -> [String] {
    [subject.namespace, subject.workload, subject.container + suffix]
  }
}
