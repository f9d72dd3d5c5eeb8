internal import JSONText

/// A profile as a SeccompProfile, the resource of the Security Profiles Operator.
package struct SecurityProfile: Equatable, Sendable {
  package static let kind = "SeccompProfile"

  /// The API's versions, which have the same fields.
  package enum Version: String, CaseIterable, Sendable {
    case v1beta1
    case v1
  }

  package var version = Version.v1beta1
  package var name: String
  /// Of the operator before 0.9; later ones ignore it, so that the name should be unique in the cluster.
  package var namespace: String?
  package var labels: [String: String] = [:]
  package var annotations: [String: String] = [:]
  package var profile: SeccompProfile

  package init(name: String, namespace: String? = nil, profile: SeccompProfile) {
    self.name = name
    self.namespace = namespace
    self.profile = profile
  }

  /// The resource as YAML. All texts are in quotes, so that none can end its value or begin a document.
  package var yaml: String {
    var text = """
      apiVersion: security-profiles-operator.x-k8s.io/\(version.rawValue)
      kind: \(Self.kind)
      metadata:
        name: \(name.quotedForJSON)

      """
    if let namespace { text += "  namespace: \(namespace.quotedForJSON)\n" }
    for (key, pairs) in [("labels", labels), ("annotations", annotations)] where !pairs.isEmpty {
      text += "  \(key):\n"
      for pair in pairs.sorted(by: { $0.key < $1.key }) {
        text += "    \(pair.key.quotedForJSON): \(pair.value.quotedForJSON)\n"
      }
    }
    text += "spec:\n  defaultAction: \(profile.defaultAction.rawValue)\n"
    text += Self.list("architectures", profile.architectures.map(\.profileName))
    text += Self.list("flags", profile.flags.map(\.rawValue))
    for (key, value) in [
      ("listenerPath", profile.listenerPath), ("listenerMetadata", profile.listenerMetadata),
    ] {
      if let value { text += "  \(key): \(value.quotedForJSON)\n" }
    }
    return text + syscalls
  }

  private static func list(_ key: String, _ words: [String]) -> String {
    words.isEmpty ? "" : "  \(key):\n" + words.map { "  - \($0)\n" }.joined()
  }

  private var syscalls: String {
    guard !profile.syscalls.isEmpty else { return "  syscalls: []\n" }
    return "  syscalls:\n"
      + profile.syscalls.map { rule in
        // A YAML comment ends with its line; a quoted text has no line feed.
        (rule.comment.map { "  # \($0.quotedForJSON.dropFirst().dropLast())\n" } ?? "")
          + "  - action: \(rule.action.rawValue)\n"
          + (rule.errnoRet.map { "    errnoRet: \($0)\n" } ?? "")
          + (rule.args.isEmpty ? "" : "    args:\n" + rule.args.map(Self.text).joined())
          + "    names:\n" + rule.names.map { "    - \($0)\n" }.joined()
      }.joined()
  }

  private static func text(of argument: SeccompProfile.Argument) -> String {
    """
        - index: \(argument.index)
          value: \(argument.value)
          valueTwo: \(argument.valueTwo)
          op: \(argument.operation.rawValue)

    """
  }
}
