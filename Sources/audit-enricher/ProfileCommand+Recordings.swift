import ArgumentParser
import Enrichment
import ProfileTools
import Recordings
import ServiceLog

extension ProfileCommand {
  /// Writes what was seen as recordings, in place of profiles.
  func writeRecordings() async throws {
    let inputs = try await self.inputs.read()
    guard inputs.profiles.isEmpty else {
      throw Failed(message: "the input has profiles, which are no part of recordings", code: 2)
    }
    let made = ObservedRecordings(inputs.observations, now: ClockReading.now.epochMilliseconds)
    if !made.refused.isEmpty {
      StandardError.write(
        "no recordings, for names are missing or not allowed in Kubernetes: \(made.refused.joined(separator: ", "))"
      )
    }
    guard !made.recordings.isEmpty else { throw self.inputs.nothing(inputs) }
    let found = RecordedContainer.find(in: inputs.observations, by: .workload)
    if found.others > 0 { StandardError.write("records of no container: \(found.others)") }
    try checkDoubts(found.containers)
    let subjects = Dictionary(grouping: made.recordings, by: \.subject)
    for container in found.containers where subjects.keys.contains(where: { $0.names == container.path }) {
      StandardError.write(container.report)
    }
    guard output.hasSuffix("/") else {
      return try await write(made.recordings.map(\.line).joined())
    }
    for (subject, recordings) in subjects.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      let path = output + ProfileFile.path(of: subject.names, suffix: ".jsonl")
      try await failing { try ProfileFile.write(recordings.map(\.line).joined(), to: path) }
    }
  }

  /// Refuses options that are about profiles, which recordings would not show.
  func validate() throws {
    guard format == .recording else { return }
    let options = [
      "--base": !base.isEmpty, "--arch": !arch.isEmpty, "--exclude": !exclude.isEmpty,
      "--include-blocked": includeBlocked, "--plain": plain, "--name": name != nil, "--by": by != .workload,
      "--default-action": defaultAction != .errno,
    ]
    guard let option = options.filter(\.value).keys.min() else { return }
    throw ValidationError("\(option) is for profiles: a recording has what was seen, by workload")
  }
}
