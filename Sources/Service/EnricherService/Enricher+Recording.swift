internal import Enrichment
internal import Glibc
internal import LinuxSystem
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
    if let fd = InheritedSocket.memory(RecorderMemory.name) {
      if let memory = RecorderMemory(inherited: fd) { return memory }
      log.notice(
        "what the last run had recorded and not yet written is discarded: another version recorded it")
      SystemdNotifier.forget(named: RecorderMemory.name)
    }
    let memory = try RecorderMemory(began: began)
    SystemdNotifier.keep(memory.memory.descriptor, named: RecorderMemory.name)
    return memory
  }
}
