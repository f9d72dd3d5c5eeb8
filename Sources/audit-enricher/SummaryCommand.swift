import ArgumentParser
import ProfileTools

struct SummaryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Counts the records in lines, by container, syscall or other properties.")

  @OptionGroup var inputs: InputOptions

  @Option(
    help: ArgumentHelp(
      "What to count by: container, syscall, executable, action, node; several with commas.",
      valueName: "properties"))
  var by = Properties(list: [.container, .syscall])

  @Option(help: ArgumentHelp("How many rows of records the table has at most.", valueName: "rows"))
  var top = 20

  @Flag(help: "All rows, as a JSON object.")
  var json = false

  /// A list with commas.
  struct Properties: ExpressibleByArgument {
    var list: [Summary.Property]

    init(list: [Summary.Property]) { self.list = list }

    init?(argument: String) {
      list = []
      for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
        guard let property = Summary.Property(rawValue: String(word)), !list.contains(property) else {
          return nil
        }
        list.append(property)
      }
    }

    var defaultValueDescription: String { list.map(\.rawValue).joined(separator: ",") }
  }

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top has to be 1 or more") }
  }

  func run() async throws {
    let summary = Summary(
      try await inputs.read(keepsExecutables: by.list.contains(.executable)).observations, by: by.list)
    try AuditEnricher.show(json ? summary.json() : summary.table(top: top))
  }
}
