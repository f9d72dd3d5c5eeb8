import ArgumentParser
import ObservedSyscalls
import ProfileTools
import ServiceLog

/// Which containers count.
struct SelectionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only this namespace.", valueName: "name"))
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "Only pods whose name matches, such as 'web-*'; of recordings, workloads.", valueName: "pattern"))
  var pod: String?

  @Option(help: ArgumentHelp("Only containers of this name.", valueName: "name"))
  var container: String?

  var selection: Selection { Selection(namespace: namespace, pod: pod, container: container) }
}

/// Lines of any form or recordings, and which of them count.
struct InputOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Files with lines in any mixture of forms, also gzipped, recordings, or profiles; - is standard input. (default: the recordings of this node)",
      valueName: "input"),
    completion: .file())
  var inputs: [String] = []

  @OptionGroup var selection: SelectionOptions

  /// Reads all inputs, and reports what of them was not used.
  func read(keepsExecutables: Bool = false) async throws -> ProfileInputs {
    let (paths, selection) = (inputs, selection.selection)
    let recordings = paths.isEmpty ? try await NodeRecordings.read() : []
    let inputs = try await failing {
      try ProfileInputs(paths, recordings: recordings, selection, keepsExecutables: keepsExecutables)
    }
    for remark in inputs.remarks { StandardError.write(remark) }
    return inputs
  }
}
