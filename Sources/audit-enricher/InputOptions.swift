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

  @Option(
    help: ArgumentHelp(
      "Only containers whose image matches, such as '*/redis:*'; for a binding of lines without images, its image.",
      valueName: "pattern"))
  var image: String?

  @Option(
    help: ArgumentHelp(
      "Only recordings whose pods have this label; lines do not have any.", valueName: "key=value"))
  var label: [Label] = []

  struct Label: ExpressibleByArgument {
    var key: String
    var value: String

    init?(argument: String) {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { return nil }
      (key, value) = (String(parts[0]), String(parts[1]))
    }
  }

  var selection: Selection {
    var selection = Selection(namespace: namespace, pod: pod, container: container)
    selection.image = image
    for label in label { selection.labels[label.key] = label.value }
    return selection
  }
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

  @Option(
    help: ArgumentHelp(
      "A snapshot of the node that made the records of audit logs among the inputs.", valueName: "file"),
    completion: .file())
  var snapshot: String?

  /// Reads all inputs, and reports what of them was not used.
  func read(
    keepsExecutables: Bool = false, acceptsUnknownImages: Bool = false
  ) async throws -> ProfileInputs {
    var selection = selection.selection
    selection.acceptsUnknownImages = acceptsUnknownImages
    let (paths, selected) = (inputs, selection)
    let inputs: ProfileInputs
    if let snapshot {
      inputs = try await LogEnrichment(snapshot: snapshot).read { sink in
        try withoutActuallyEscaping(sink) {
          try ProfileInputs(paths, selected, keepsExecutables: keepsExecutables, to: $0)
        }
      }
    } else {
      let recordings = paths.isEmpty ? try await NodeRecordings.read() : []
      inputs = try await failing {
        try ProfileInputs(paths, recordings: recordings, selected, keepsExecutables: keepsExecutables)
      }
    }
    for remark in inputs.remarks { StandardError.write(remark) }
    return inputs
  }

  /// Why there is nothing to show.
  func nothing(_ inputs: ProfileInputs) -> Failed {
    if inputs.observations.undecided.contains(.labels) {
      return Failed(
        message:
          "--label: lines have no labels; recordings have those of their pods (see 'audit-enricher recordings')"
      )
    }
    if inputs.observations.undecided.contains(.image) {
      return Failed(message: "--image: no line of the input has an image (see --container)")
    }
    return Failed(message: "the input has no syscalls of the containers that were asked for, and no profile")
  }
}
