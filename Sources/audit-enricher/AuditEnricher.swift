import ArgumentParser
import ContainerRuntime
import ContainerRuntimeInterface
import EnrichedLog
import LogOutput
import Glibc
import Logging
import Metrics
import ServiceLog
import Settings

/// The program: its commands and its exit codes.
@main
struct AuditEnricher: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit-enricher",
    abstract: "Names the pods and containers of the kernel's SECCOMP, AppArmor and SELinux records.",
    version: Version.text,
    subcommands: [
      Run.self, Replay.self, Snapshot.self, Containers.self, ProfileCommand.self, CheckCommand.self,
      SummaryCommand.self,
      InstallProfile.self, RecordingsCommand.self,
      DoctorCommand.self, DemoCommand.self, ProcessEvents.self, ProbeChild.self,
    ])

  static func main() async {
    keepStandardDescriptors()
    // A write to a pipe without a reader must be a reported error, not a silent end.
    signal(SIGPIPE, SIG_IGN)
    LoggingSystem.bootstrap { _ in standardError }
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as Failed {
      fail(error.message, code: error.code)
    } catch let error as SettingsReader.Invalid {
      fail("\(error)", code: error.isUsage ? 2 : 1)
    } catch {
      let code = exitCode(for: error)
      // Help and version were requested by the user; all other errors of the parser are wrong usage.
      if code == .success {
        do { try show(fullMessage(for: error)) } catch { fail("\(error)", code: 1) }
        return
      }
      if code == .validationFailure {
        fail("\(message(for: error)) (see 'audit-enricher --help')", code: 2)
      }
      fail("\(error)", code: 1)
    }
  }

  /// If the program was started with a standard descriptor closed, the next file or socket would get its number. The descriptor
  /// opened here instead cannot be used, so using it is a reported error.
  private static func keepStandardDescriptors() {
    for fd in Int32(0)...2 where fcntl(fd, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Reports the reason on one line, and exits.
  static func fail(_ message: String, code: Int32) -> Never {
    standardError.reportFailure(message.split(separator: "\n").joined(separator: " "))
    Glibc.exit(code)
  }

  /// Writes the result of a command to standard output.
  static func show(_ text: String) throws {
    do throws(LineWriter.Failure) {
      try LineWriter(path: "-").write(Array("\(text)\n".utf8).span)
    } catch {
      throw Failed(message: "\(error)")
    }
  }

  static let standardError = StandardErrorLog(journalStream: environment["JOURNAL_STREAM"])
  static let log = Logger(label: "audit-enricher")

  /// Connects to a container runtime over its CRI socket.
  static let connect: RuntimeConnector = { CRIClient(endpoint: $0) }

  /// The environment as it was at the start.
  static let environment = ProcessEnvironment.read()
}

/// A command failed: the message for one line, and the exit code.
struct Failed: Error {
  var message: String
  var code: Int32 = 1
}
