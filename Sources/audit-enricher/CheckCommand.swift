import ArgumentParser
import ProfileCompiler
import ProfileTools
import SeccompProfiles
import ServiceLog

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Says what a seccomp profile would have done with the calls in lines, or that other profiles allow.")

  @Argument(help: ArgumentHelp("The profile, as JSON or YAML.", valueName: "profile"), completion: .file())
  var profile: String

  @OptionGroup var inputs: InputOptions

  @Option(help: ArgumentHelp("Which containers are shown together.", valueName: "property"))
  var by = RecordedContainer.Grouping.workload

  @Option(
    help: ArgumentHelp(
      "What reads the profile's file: containerd ignores 'archMap', 'includes' and 'excludes'.",
      valueName: "engine"))
  var runtime = ProfileLoader.Engine.containerd

  @Option(help: ArgumentHelp("The runtime that loads the filter.", valueName: "runtime"))
  var oci = RuntimeBase.runc

  @Option(
    help: ArgumentHelp(
      "A capability that the container may have beside the usual ones, such as SYS_ADMIN; none: it has no usual ones.",
      valueName: "capability"))
  var cap: [String] = []

  @Option(
    help: ArgumentHelp("The node's kernel, such as 6.1. (default: this machine's)", valueName: "version"))
  var kernel: KernelVersion?

  @Flag(help: "All calls with all outcomes, as a JSON array.")
  var json = false

  func run() async throws {
    let named = try await failing { try ProfileInputs(profile: profile).profiles[0] }
    guard let loader else { throw Failed(message: "the kernel's version is not known: see --kernel") }
    let (loaded, compiled) = try await failing {
      let loaded = try named.profile.loaded(by: loader, file: named.file)
      return (loaded, try CompiledProfile(loaded, file: named.file))
    }
    for remark in compiled.remarks(on: named.profile, loaded: loaded, by: runtime) {
      StandardError.write("\(named.file): \(remark)")
    }
    let inputs = try await self.inputs.read()
    var check = ProfileCheck(compiled, runtime: oci)
    if !check.missingBase.isEmpty {
      StandardError.write(
        "\(named.file): blocks what \(oci.rawValue) or any program may need: \(check.missingBase.joined(separator: " "))"
      )
    }
    check.add(inputs.observations, by: by)
    for other in inputs.profiles {
      check.add(
        ProfileInputs.Named(
          file: other.file,
          profile: try await failing { try other.profile.loaded(by: loader, file: other.file) }))
    }
    guard !check.rows.isEmpty else {
      throw self.inputs.nothing(inputs)
    }
    try AuditEnricher.show(json ? check.json() : check.table())
    guard check.blocked == 0 else { throw Failed(message: "calls would be blocked: see above") }
  }

  /// Nil if the kernel's version is not known.
  private var loader: ProfileLoader? {
    guard let kernel = kernel ?? KernelVersion.running else { return nil }
    var loader = ProfileLoader(runtime, kernel: kernel)
    if cap.contains("none") { loader.capabilities = [] }
    for name in cap where name != "none" {
      let name = name.uppercased()
      loader.capabilities.insert(name.hasPrefix("CAP_") ? name : "CAP_\(name)")
    }
    return loader
  }
}

extension KernelVersion: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension ProfileLoader.Engine: ExpressibleByArgument {}

extension RuntimeBase: ExpressibleByArgument {}
