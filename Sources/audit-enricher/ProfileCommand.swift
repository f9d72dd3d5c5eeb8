import ArgumentParser
import ObservedSyscalls
import ProfileTools
import SeccompProfiles
import ServiceLog

struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Makes seccomp profiles of the syscalls in lines, from logs in any mixture of forms.")

  @OptionGroup var inputs: InputOptions

  @Option(help: ArgumentHelp("Which containers get a profile together.", valueName: "property"))
  var by = RecordedContainer.Grouping.workload

  @Option(
    help: ArgumentHelp(
      "Where the profile goes: - is standard output; DIRECTORY/ gets one file for each container.",
      valueName: "file"),
    completion: .file())
  var output = "-"

  @Option(
    help:
      "json: for container runtimes; yaml: for the Security Profiles Operator; binding: that, and its binding to an image; names: a list; recording: what was seen, one line for each container and node, which is input again."
  )
  var format = Format.json

  @Option(help: "The version of the operator's API.")
  var apiVersion = SecurityProfile.Version.v1beta1

  @Option(help: ArgumentHelp("The name of the operator's profile. (default: of the container's names)"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "What is allowed although it was not seen: auto (of the runtime that was seen, else runc), runc, crun, all, none, or what another profile allows.",
      valueName: "base|file"),
    completion: .file())
  var base: [String] = []

  @Option(help: ArgumentHelp("What happens to all other calls.", valueName: "action"))
  var defaultAction = DefaultAction.errno

  @Option(
    help: ArgumentHelp("An architecture that the profile has in any case, such as x86.", valueName: "arch"))
  var arch: [String] = []

  @Option(help: ArgumentHelp("A syscall that is not allowed in any case.", valueName: "syscall"))
  var exclude: [String] = []

  @Flag(help: "Also allow calls that a filter refused or killed for.")
  var includeBlocked = false

  @Flag(help: "One list of names, without comments and annotations.")
  var plain = false

  @Flag(help: "Fail, and write nothing, if the input shows that something may be missing.")
  var strict = false

  /// What is written.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case json, yaml, binding, names, recording

    /// The form of profiles; nil for recordings.
    var form: ProfileOutput.Format? { ProfileOutput.Format(rawValue: rawValue) }
  }

  /// The actions of a profile that enforces something.
  enum DefaultAction: String, CaseIterable, ExpressibleByArgument {
    case errno
    case log
    case killProcess = "kill_process"
    case trap

    var action: SeccompProfile.Action {
      switch self {
      case .errno: .errno
      case .log: .log
      case .killProcess: .killProcess
      case .trap: .trap
      }
    }
  }

  func run() async throws {
    guard let form = format.form else { return try await writeRecordings() }
    var maker = try await maker()
    // The binding needs an image, which most lines do not have.
    let inputs = try await self.inputs.read(acceptsUnknownImages: format == .binding)
    maker.profiles += inputs.profiles
    let found = RecordedContainer.find(
      in: inputs.observations, by: by, includesBlocked: includeBlocked)
    if by == .image, found.containers.isEmpty, found.others > 0 {
      throw Failed(message: "--by image: no line of the input has an image (see --by container)")
    }
    if found.others > 0 { StandardError.write("records of no container: \(found.others)") }
    guard !found.containers.isEmpty else {
      guard !maker.profiles.isEmpty else { throw self.inputs.nothing(inputs) }
      return try await write([maker.makeUnion()], form)
    }
    let made = found.containers.map(maker.make)
    try checkDoubts(made.map(\.container))
    try await write(made, form)
  }

  /// With --strict, fails if something may be missing.
  func checkDoubts(_ containers: [RecordedContainer]) throws {
    let doubts = strict ? containers.compactMap(\.doubt) : []
    guard doubts.isEmpty else {
      throw Failed(
        message:
          "nothing was written: \(doubts.prefix(10).joined(separator: "; "))\(doubts.count > 10 ? "; ..." : "")"
      )
    }
  }

  /// Reads the options that are about each profile, and the profiles that they name.
  private func maker() async throws -> ProfileMaker {
    var maker = ProfileMaker()
    maker.defaultAction = defaultAction.action
    maker.excluded = Set(exclude)
    for name in exclude where !SyscallName.isValid(name) {
      throw ValidationError("'\(name)' is no name of a syscall")
    }
    for name in arch {
      guard let architecture = ProfileArchitecture(name: name) else {
        throw ValidationError("'\(name)' is no architecture; x86_64 and aarch64 are some")
      }
      maker.architectures.append(architecture)
    }
    var runtimes: [RuntimeBase] = []
    var isNamed = false
    for base in base {
      switch base {
      case "auto": continue
      case "none": isNamed = true
      case "all": (runtimes, isNamed) = (RuntimeBase.allCases, true)
      default:
        if let runtime = RuntimeBase(rawValue: base) {
          runtimes.append(runtime)
          isNamed = true
        } else {
          maker.profiles += try await failing { try ProfileInputs(profile: base).profiles }
        }
      }
    }
    if isNamed { maker.base = .runtimes(RuntimeBase.allCases.filter(runtimes.contains)) }
    return maker
  }

  /// Reports and writes profiles.
  private func write(
    _ profiles: [ProfileMaker.Made], _ format: ProfileOutput.Format
  ) async throws {
    var form = ProfileOutput()
    (form.format, form.version, form.name, form.isPlain) = (format, apiVersion, name, plain)
    form.image = inputs.selection.image
    let isDirectory = output.hasSuffix("/")
    // Only YAML can have several profiles in one file.
    guard profiles.count == 1 || (isDirectory || format.isStream) && name == nil else {
      let names = profiles.prefix(10).map(\.container.printableName).joined(separator: ", ")
      throw Failed(
        message:
          "\(profiles.count) containers match: \(names)\(profiles.count > 10 ? ", ..." : ""); choose one, or use --output DIRECTORY/ without --name",
        code: 2)
    }
    var documents: [String] = []
    for made in profiles {
      StandardError.write(made.report)
      if isDirectory {
        let path = output + ProfileFile.path(of: made.container.path, suffix: format.suffix)
        try await failing { try ProfileFile.write(form.text(of: made), to: path) }
      } else {
        documents.append(try await failing { try form.text(of: made) })
      }
    }
    if !isDirectory { try await write(documents.joined(separator: "---\n")) }
  }

  /// Writes text, which ends with a line feed, to the output.
  func write(_ text: String) async throws {
    if output == "-" {
      try AuditEnricher.show(String(text.dropLast()))
    } else {
      try await failing { try ProfileFile.write(text, to: output) }
    }
  }
}

extension RecordedContainer.Grouping: ExpressibleByArgument {}
extension SecurityProfile.Version: ExpressibleByArgument {}
