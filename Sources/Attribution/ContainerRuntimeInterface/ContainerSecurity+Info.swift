package import ContainerRuntime
internal import JSONText

extension ContainerSecurity {
  /// The maximum number of names that are kept. Kernels have fewer calls.
  private static let maxNames = 1024

  /// Reads what a runtime adds to a container's status on request: an object with the OCI specification that the low-level runtime gets. It
  /// also has what pods' owners chose, such as the environment, of which nothing is kept. Nil if it is no such object.
  // See: toCRIContainerInfo() in containerd, and createContainerInfo() in CRI-O
  package init?(info text: borrowing Span<UInt8>) {
    guard JSONNode(at: ["runtimeSpec", "ociVersion"], in: text) != nil else { return nil }
    func isTrue(_ path: String...) -> Bool { JSONNode(at: path, in: text)?.isTrue == true }
    self.init(
      noNewPrivileges: isTrue("runtimeSpec", "process", "noNewPrivileges"),
      // CRI-O has one flag; containerd the request.
      isPrivileged: isTrue("privileged") || isTrue("config", "linux", "security_context", "privileged"),
      filter: JSONNode(at: ["runtimeSpec", "linux", "seccomp"], in: text).flatMap(Self.filter))
  }

  /// The ID of the container's pod sandbox in the same text.
  static func sandbox(info text: borrowing Span<UInt8>) -> String? {
    JSONNode(at: ["sandboxID"], in: text)?.text
  }

  /// Nil without a default action: then it is no profile, or null.
  private static func filter(_ seccomp: JSONNode) -> Filter? {
    guard let action = seccomp["defaultAction"]?.text, isWord(action) else { return nil }
    var names: [String: Set<String>] = [:]
    var count = 0
    for rule in seccomp["syscalls"]?.items ?? [] {
      // With conditions for arguments the default action may apply, too.
      guard let action = rule["action"]?.text, rule["args"]?.items.isEmpty != false else { continue }
      for name in rule["names"]?.items ?? [] {
        guard let name = name.text, isWord(name), count < maxNames else { continue }
        count += 1
        names[action, default: []].insert(name)
      }
    }
    // Rules with the default action are not rules of their own.
    let allowed = action == "SCMP_ACT_ALLOW" ? [] : names["SCMP_ACT_ALLOW"] ?? []
    let logged = action == "SCMP_ACT_LOG" ? [] : names["SCMP_ACT_LOG"] ?? []
    let others = names.filter { !["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", action].contains($0.key) }
    return Filter(
      defaultAction: action, allowed: allowed.sorted(), logged: logged.count,
      others: others.values.reduce(0) { $0 + $1.count })
  }

  /// Whether a text can be an action, or the name of a syscall.
  private static func isWord(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
      }
  }
}

extension JSONNode {
  /// A member of an object; nil if there is none, or this is no object.
  fileprivate subscript(key: String) -> JSONNode? {
    guard case .object(let members) = value else { return nil }
    return members.first { $0.key == key }?.value
  }

  fileprivate var isTrue: Bool { if case .bool(true) = value { true } else { false } }
  fileprivate var text: String? { if case .string(let text) = value { text } else { nil } }
  fileprivate var items: [JSONNode] { if case .array(let items) = value { items } else { [] } }
}
