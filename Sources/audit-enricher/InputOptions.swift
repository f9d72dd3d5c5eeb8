import ArgumentParser
import ObservedSyscalls
import ProfileTools
import ServiceLog

/// Lines of any form, and which of them count.
struct InputOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Files with lines in any mixture of forms, also gzipped, or profiles; - is standard input.",
      valueName: "input"),
    completion: .file())
  var inputs: [String]

  @Option(help: ArgumentHelp("Only this namespace.", valueName: "name"))
  var namespace: String?

  @Option(help: ArgumentHelp("Only pods whose name matches, such as 'web-*'.", valueName: "pattern"))
  var pod: String?

  @Option(help: ArgumentHelp("Only containers of this name.", valueName: "name"))
  var container: String?

  /// Reads all inputs, and reports what of them was not used.
  func read(keepsExecutables: Bool = false) async throws -> ProfileInputs {
    let selection = Selection(namespace: namespace, pod: pod, container: container)
    let paths = inputs
    let inputs = try await failing { try ProfileInputs(paths, selection, keepsExecutables: keepsExecutables) }
    for remark in inputs.remarks { StandardError.write(remark) }
    return inputs
  }
}
