internal import EnrichedLog
internal import JSONText
internal import YAMLText

extension SeccompProfile {
  /// Reads the documents of a file with profiles: JSON, or YAML, which may have several. A list of resources, as `kubectl get` shows it,
  /// becomes its items. `file` names the file in messages.
  static func documents(
    _ text: borrowing Span<UInt8>, file: String
  ) throws(InvalidProfile) -> [JSONNode] {
    var scanner = JSONScanner()
    let isJSON = scanner.peek(text) == UInt8(ascii: "{")
    var resources: [JSONNode] = []
    do throws(InvalidDocument) {
      let roots = isJSON ? [try JSONNode(document: text)] : try JSONNode.documents(yaml: text)
      for root in roots { resources += root.resources }
    } catch {
      throw InvalidProfile(
        file: file, line: error.line,
        reason: "this is not \(isJSON ? "JSON" : "YAML"): \(error.reason.printable)")
    }
    guard !resources.isEmpty else { throw InvalidProfile(file: file, reason: "this has no profile") }
    return resources
  }

  /// Reads all profiles of a file, with their bases, which have to be in it.
  package static func all(
    _ text: borrowing Span<UInt8>, file: String
  ) throws(InvalidProfile) -> [SeccompProfile] {
    try ProfileResource.merged(ProfileResource.all(text, file: file)).map(\.profile)
  }

  /// Whether a line begins a file with profiles as YAML: `---`, or one of the keys of a resource or a profile.
  package static func beginsYAML(_ line: borrowing Span<UInt8>) -> Bool {
    let beginning = String(decoding: (0..<min(line.count, 32)).map { line[$0] }, as: UTF8.self)
    if beginning.hasPrefix("---") || beginning.hasPrefix("%YAML") { return true }
    guard let colon = beginning.firstIndex(of: ":") else { return false }
    return firstKeys.contains(String(beginning[..<colon]))
  }

  private static let firstKeys: Set<String> = [
    "apiVersion", "kind", "metadata", "spec", "items", "defaultAction", "defaultErrnoRet", "architectures",
    "archMap",
    "flags", "syscalls",
  ]
}

extension JSONNode {
  /// The items of a list, of which there may be lists again; of another document the document itself. Bindings of profiles to images
  /// stand beside profiles, and are left out.
  fileprivate var resources: [JSONNode] {
    guard case .object(let members) = value else { return [self] }
    func member(_ key: String) -> JSONNode.Value? { members.first { $0.key == key }?.value.value }
    guard case .string(let kind)? = member("kind") else { return [self] }
    if kind == ProfileBinding.kind { return [] }
    guard kind.hasSuffix("List"), case .array(let items)? = member("items") else { return [self] }
    return items.flatMap(\.resources)
  }
}
