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

  @Argument(help: ArgumentHelp("The profile, as JSON.", valueName: "profile"), completion: .file())
  var profile: String

  @OptionGroup var inputs: InputOptions

  @Option(help: ArgumentHelp("Which containers are shown together.", valueName: "property"))
  var by = RecordedContainer.Grouping.workload

  @Option(help: ArgumentHelp("The runtime that loads the profile.", valueName: "runtime"))
  var oci = RuntimeBase.runc

  @Flag(help: "All calls with all outcomes, as a JSON array.")
  var json = false

  func run() async throws {
    let named = try await failing { try ProfileInputs(profile: profile).profiles[0] }
    let compiled = try await failing { try CompiledProfile(named.profile, file: named.file) }
    for remark in compiled.remarks(on: named.profile) { StandardError.write("\(named.file): \(remark)") }
    let inputs = try await self.inputs.read()
    var check = ProfileCheck(compiled, runtime: oci)
    if !check.missingBase.isEmpty {
      StandardError.write(
        "\(named.file): blocks what \(oci.rawValue) or any program may need: \(check.missingBase.joined(separator: " "))"
      )
    }
    check.add(inputs.observations, by: by)
    for other in inputs.profiles { check.add(other) }
    guard !check.rows.isEmpty else {
      throw self.inputs.nothing(inputs)
    }
    try AuditEnricher.show(json ? check.json() : check.table())
    guard check.blocked == 0 else { throw Failed(message: "calls would be blocked: see above") }
  }
}

extension RuntimeBase: ExpressibleByArgument {}
