internal import Enrichment
internal import Glibc
internal import Logging
internal import Recorder
internal import RecordingService
internal import Recordings
internal import Settings
internal import Systemd

/// The recording of containers' calls.
extension Enricher {
  /// Where recordings are: systemd names the unit's directory.
  // See: StateDirectory= in man 5 systemd.exec
  static var recordingsPath: String {
    guard let path = unsafe getenv("STATE_DIRECTORY") else { return RecordingDirectory.usualPath }
    return unsafe String(cString: path)
  }

  /// The recorder, which continues with what the last run has left. Call it when records are already received.
  func recorder(_ writer: RecordingWriter) throws -> Recorder {
    let now = ClockReading.now
    let memory = try recorderMemory(began: now.epochMilliseconds)
    // Only with the unit's socket are no records missed between two runs.
    let isContinued = memory.isInherited && settings.source == .auto
    if !isContinued { memory.began = now.epochMilliseconds }
    let isNeeded = settings.recording != .none || memory.isInherited
    let known = isNeeded ? writer.load(hasMemory: isContinued) : []
    return Recorder(settings.recording, in: memory, known: known, at: now.sinceBoot)
  }

  /// The memory that systemd has kept from the last run, or a new one that systemd keeps from now on.
  private func recorderMemory(began: Int64) throws -> RecorderMemory {
    try SystemdNotifier.keeping(RecorderMemory.name, \.memory.descriptor) {
      RecorderMemory(inherited: $0)
    } create: {
      try RecorderMemory(began: began)
    } refuse: {
      log.notice(
        "what the last run had recorded and not yet written is discarded: another version recorded it")
    }
  }
}
