internal import EnrichedLog
internal import JSONText

/// A profile of a file, with the names that a SeccompProfile states.
package struct ProfileResource: Sendable {
  /// The file, for messages.
  package var file: String
  package var name: String?
  package var namespace: String?
  /// The name of the SeccompProfile whose calls are part of this one; nil if there is none, or it is part of `profile` already.
  package var base: String?
  package var profile: SeccompProfile
  private var line: Int

  private init(_ root: JSONNode, file: String) throws(InvalidProfile) {
    self.file = file
    line = root.line
    (name, namespace) = SecurityProfile.names(of: root)
    (profile, base) = try SeccompProfile.read(root, file: file)
  }

  /// Reads all profiles of a file, which names it in messages.
  package static func all(
    _ text: borrowing Span<UInt8>, file: String
  ) throws(InvalidProfile) -> [ProfileResource] {
    var resources: [ProfileResource] = []
    for node in try SeccompProfile.documents(text, file: file) {
      resources.append(try ProfileResource(node, file: file))
    }
    return resources
  }

  /// The profiles with the calls of their bases, which have to be among them, as the Security Profiles Operator merges them.
  // See: resolveSyscallsForProfile() in internal/pkg/daemon/seccompprofile of the operator
  package static func merged(_ resources: [ProfileResource]) throws(InvalidProfile) -> [ProfileResource] {
    guard resources.contains(where: { $0.base != nil }) else { return resources }
    var bases: [String: [ProfileResource]] = [:]
    for resource in resources { if let name = resource.name { bases[name, default: []].append(resource) } }
    var merged: [ProfileResource] = []
    var count = 0
    for resource in resources {
      merged.append(try resource.merged(with: bases, depth: 0, count: &count))
    }
    return merged
  }

  /// As many bases of bases as the operator follows.
  private static let maxDepth = 15
  /// Names that all bases add: more than those of any cluster.
  private static let maxNames = 1 << 20

  private func merged(
    with bases: [String: [ProfileResource]], depth: Int, count: inout Int
  ) throws(InvalidProfile) -> ProfileResource {
    guard let base else { return self }
    guard depth < Self.maxDepth else { throw failure("has more than \(Self.maxDepth) bases, or is its own") }
    guard let found = bases[base]?.first(where: mayMean) else {
      let remedy =
        base.hasPrefix("oci://")
        ? "which is in a registry: put a SeccompProfile with its calls into the file, and its name into 'baseProfileName'"
        : "which is not among the files: add it ('kubectl get seccompprofile NAME -o yaml' shows it)"
      throw failure("has the base '\(base.printable)' (baseProfileName), \(remedy)")
    }
    var merged = self
    merged.base = nil
    let other = try found.merged(with: bases, depth: depth + 1, count: &count).profile
    count += other.syscalls.reduce(1) { $0 + $1.names.count }
    guard count < Self.maxNames else { throw failure("and others have bases with too many names") }
    merged.profile.add(base: other)
    return merged
  }

  /// Newer versions of the resource belong to no namespace.
  private func mayMean(_ other: ProfileResource) -> Bool {
    namespace == nil || other.namespace == nil || namespace == other.namespace
  }

  private func failure(_ reason: String) -> InvalidProfile {
    InvalidProfile(
      file: file, line: line, reason: "the profile\(name.map { " '\($0.printable)'" } ?? "") \(reason)")
  }
}

extension SeccompProfile {
  /// Adds the rules of a base. Of two actions for a name the one that permits more holds.
  fileprivate mutating func add(base: SeccompProfile) {
    var own: [String: Action] = [:]
    for rule in syscalls where rule.isUnconditional {
      for name in rule.names { own[name] = own[name].map { max($0, rule.action) } ?? rule.action }
    }
    var replaced: Set<String> = []
    for var rule in base.syscalls {
      rule.names = rule.names.filter { name in own[name].map { $0 < rule.action } ?? true }
      if rule.isUnconditional { replaced.formUnion(rule.names.filter { own[$0] != nil }) }
      // With very many rules, equal ones do less harm than a search.
      if !rule.names.isEmpty, syscalls.count > 1000 || !syscalls.contains(rule) { syscalls.append(rule) }
    }
    guard !replaced.isEmpty else { return }
    let count = syscalls.count
    for index in 0..<count where syscalls[index].isUnconditional {
      let action = syscalls[index].action
      syscalls[index].names.removeAll { replaced.contains($0) && own[$0] == action }
    }
    syscalls.removeAll(where: \.names.isEmpty)
  }
}

extension SeccompProfile.Action: Comparable {
  /// Whether the first one permits less.
  package static func < (first: Self, second: Self) -> Bool { first.order < second.order }

  private var order: Int {
    switch self {
    case .killProcess: 0
    case .kill, .killThread: 1
    case .trap: 2
    case .errno: 3
    case .notify: 4
    case .trace: 5
    case .log: 6
    case .allow: 7
    }
  }
}
