import ArgumentParser
import Enrichment
import EnrichedLog
import ObservedSyscalls
import ProfileTools
import Recorder
import Recordings
import ServiceLog

struct RecordingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recordings",
    abstract: "Lists whose syscalls the service has recorded on this node, and whether all were seen.")

  @OptionGroup var selection: SelectionOptions

  @Flag(help: "Prints a JSON array.")
  var json = false

  @Option(help: "table, json, or recording: one line each, for 'profile' here or elsewhere.")
  var format = Format.table

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json, recording
  }

  func validate() throws {
    if json, format == .recording {
      throw ValidationError("--json is another format than --format recording")
    }
  }

  func run() async throws {
    let list = RecordingList(
      try await NodeRecordings.read(), selection.selection, now: ClockReading.now.epochMilliseconds)
    switch json ? .json : format {
    case .table: try AuditEnricher.show(list.table())
    case .json: try AuditEnricher.show(list.json())
    case .recording: if !list.recordings.isEmpty { try AuditEnricher.show(list.lines()) }
    }
  }
}

/// The recordings of this node's service.
enum NodeRecordings {
  /// Where the service keeps them: in the directory that systemd names, else in the usual one.
  static var path: String { AuditEnricher.environment["STATE_DIRECTORY"] ?? RecordingDirectory.usualPath }

  static func contents() throws -> RecordingDirectory.Contents {
    try RecordingDirectory(path: path).read(maxCount: RecorderMemory.maxRecordings)
  }

  /// Reads all of them, and reports those that are damaged.
  static func read() async throws -> [Recording] {
    let path = path
    do {
      let contents = try contents()
      for (file, reason) in contents.damaged {
        StandardError.write("\(file.joined(separator: "/")): \(reason)")
      }
      return contents.recordings
    } catch {
      throw Failed(
        message:
          "cannot read the recordings in \(path.escaped): \(String(describing: error).lowercased()) (does the service record, and is this user root? see --record)"
      )
    }
  }
}
