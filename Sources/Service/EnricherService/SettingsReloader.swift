internal import LinuxSystem
internal import Logging
internal import ServiceLifecycle
internal import ServiceLog
internal import Settings
internal import Systemd
internal import UnixSignals

/// On SIGHUP, reads the settings again and has the output's file opened again.
struct SettingsReloader: Service {
  /// The settings in force.
  var settings: Settings
  let signals: UnixSignalsSequence
  let threadInbox: ThreadInbox
  /// nil if the settings cannot change during the run.
  let reread: (@Sendable () throws -> Settings)?
  let log: Logger
  let inbox = TaskInbox()

  func run() async throws {
    // A separate task handles the signals, so that this task can also answer pings.
    async let _ = forwardSignals()
    await cancelWhenGracefulShutdown { await reloadOnRequest() }
  }

  private func forwardSignals() async {
    for await _ in signals.cancelOnGracefulShutdown() { inbox.request() }
  }

  private func reloadOnRequest() async {
    var current = settings
    for await _ in inbox.wakeups where inbox.receiveRequest() {
      SystemdNotifier.reloading()
      let changed = reload(&current)
      // The user who reloads the settings should see warnings about exclude rules, too.
      if reread != nil { await checkExcludeRules(for: current) }
      threadInbox.post {
        $0.reload = true
        if changed { $0.settings = current }
      }
    }
  }

  /// Runs on its own thread: the kernel may take two seconds to answer, and all tasks share a few threads.
  private func checkExcludeRules(for settings: Settings) async {
    do {
      try await OwnThread.run(named: "exclude-rules") { [log] in
        log.reportExcludeRules(for: settings)
      }
    } catch {
      log.warning("the kernel's exclude rules were not checked: \(error)")
    }
  }

  /// Applies and reports the settings that can change at a reload. If the new settings are invalid, nothing changes.
  private func reload(_ current: inout Settings) -> Bool {
    guard let reread else { return false }
    let new: Settings
    do { new = try reread() } catch {
      log.report(.refusedSettings, "\(error); the settings stay as they are", level: .error)
      return false
    }
    var applied: [String] = []
    for setting in Setting.all {
      var changed = current
      guard setting.adopt(from: new, in: &changed) else { continue }
      if setting.appliesAtReload {
        current = changed
        applied.append(setting.variable)
      } else {
        log.warning("\(setting.variable) has changed: the new value takes effect after a restart")
      }
    }
    log.info(
      "the settings were reloaded",
      metadata: ["changed": applied.isEmpty ? "none" : "\(applied.joined(separator: ","))"])
    return !applied.isEmpty
  }
}
