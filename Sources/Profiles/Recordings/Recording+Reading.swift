internal import AuditRecord
internal import JSONText

/// Why text is no recording.
package struct InvalidRecording: Error, Equatable, CustomStringConvertible, Sendable {
  package var reason: String

  package init(reason: String) { self.reason = reason }

  package var description: String { "this is no recording: \(reason)" }
}

extension Recording {
  /// Reads the text of one recording. It may come from anywhere: what a recording of this program cannot have is an error. Keys of later
  /// versions are ignored.
  package init(json text: borrowing Span<UInt8>) throws(InvalidRecording) {
    let root: JSONNode
    do { root = try JSONNode(document: text) } catch { throw InvalidRecording(reason: error.reason) }
    let reader = try RecordingReader(root)
    guard try reader.text("kind") == "\(Self.kind)" else {
      throw InvalidRecording(reason: "its 'kind' is not \(Self.kind)")
    }
    let version: UInt64 = try reader.number("version")
    guard version == Self.version else {
      throw InvalidRecording(reason: "it is of version \(version), and this program reads version 1")
    }
    guard
      let subject = RecordingSubject(
        namespace: try reader.text("namespace"), workload: try reader.text("workload"),
        container: try reader.text("container"))
    else { throw InvalidRecording(reason: "it has a name that Kubernetes does not allow") }
    self.init(of: subject, since: try reader.time("since"))
    until = try reader.time("until")
    workloadKind = try reader.optionalText("workloadKind") ?? ""
    nodes = Set(try reader.texts("nodes", maxCount: RecordingReader.maxNodes)).sorted()
    for image in try reader.texts("images", maxCount: Limit.images) { add(image: image) }
    for runtime in try reader.optionalTexts("runtimes", maxCount: Limit.runtimes) { add(runtime: runtime) }
    labels = try reader.labels()
    noNewPrivileges = try reader.noNewPrivileges()
    profile = try reader.profile()
    instances = try reader.number("instances")
    others = try reader.optionalNumber("others") ?? 0
    for member in try reader.members("gaps") {
      guard let gap = Gap(name: member.key), gaps.count < RecordingReader.maxGaps else {
        throw InvalidRecording(reason: "'gaps' has an invalid key")
      }
      gaps[gap] = try RecordingReader.number(member.value, "gaps")
    }
    for node in try reader.list("recent", maxCount: Limit.instances) {
      let instance = try RecordingReader(node)
      recent.append(
        Instance(
          id: try instance.text("id"), isComplete: try instance.isTrue("complete"),
          ended: try instance.optionalTime("ended")))
    }
    hasCompleteInstance = try reader.isTrue("completeEarlier")
    guard try reader.isTrue("complete") == isComplete else {
      throw InvalidRecording(reason: "'complete' contradicts its instances")
    }
    for node in try reader.list("syscalls", maxCount: Limit.calls) {
      let (call, tally) = try RecordingReader(node).call()
      guard calls.updateValue(tally, forKey: call) == nil else {
        throw InvalidRecording(reason: "a call stands twice in 'syscalls'")
      }
    }
  }
}

/// Reads the members of one object.
private struct RecordingReader {
  static let maxNodes = 1 << 14
  static let maxGaps = 32

  private let nodes: [String: JSONNode]

  init(_ node: JSONNode) throws(InvalidRecording) {
    guard case .object(let list) = node.value else { throw Self.wrong("it", "an object") }
    // No key is there twice.
    nodes = Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0.value) })
  }

  static func wrong(_ subject: String, _ wanted: String) -> InvalidRecording {
    InvalidRecording(reason: "\(subject) has to be \(wanted)")
  }

  private func node(_ key: String) throws(InvalidRecording) -> JSONNode {
    guard let node = nodes[key] else { throw InvalidRecording(reason: "it has no '\(key)'") }
    return node
  }

  private static func text(_ node: JSONNode, _ key: String) throws(InvalidRecording) -> String {
    guard case .string(let text) = node.value, text.utf8.count <= Recording.Limit.text else {
      throw wrong("'\(key)'", "a string of at most \(Recording.Limit.text) bytes")
    }
    return text
  }

  func text(_ key: String) throws(InvalidRecording) -> String { try Self.text(node(key), key) }

  func optionalText(_ key: String) throws(InvalidRecording) -> String? {
    nodes[key] == nil ? nil : try text(key)
  }

  func isTrue(_ key: String) throws(InvalidRecording) -> Bool {
    guard case .bool(let isTrue) = try node(key).value else { throw Self.wrong("'\(key)'", "true or false") }
    return isTrue
  }

  static func number<Number: FixedWidthInteger>(
    _ node: JSONNode, _ key: String
  ) throws(InvalidRecording) -> Number {
    guard case .number(let digits) = node.value, let number = Number(digits) else {
      throw wrong("'\(key)'", "a whole number from \(Number.min) to \(Number.max)")
    }
    return number
  }

  func number<Number: FixedWidthInteger>(_ key: String) throws(InvalidRecording) -> Number {
    try Self.number(node(key), key)
  }

  func optionalNumber(_ key: String) throws(InvalidRecording) -> UInt64? {
    nodes[key] == nil ? nil : try number(key)
  }

  func time(_ key: String) throws(InvalidRecording) -> Int64 {
    let time: Int64 = try number(key)
    guard time >= 0 else { throw Self.wrong("'\(key)'", "a time since 1970") }
    return time
  }

  func optionalTime(_ key: String) throws(InvalidRecording) -> Int64? {
    nodes[key] == nil ? nil : try time(key)
  }

  func list(_ key: String, maxCount: Int) throws(InvalidRecording) -> [JSONNode] {
    guard case .array(let list) = try node(key).value, list.count <= maxCount else {
      throw Self.wrong("'\(key)'", "an array of at most \(maxCount) items")
    }
    return list
  }

  func texts(_ key: String, maxCount: Int) throws(InvalidRecording) -> [String] {
    var texts: [String] = []
    for node in try list(key, maxCount: maxCount) { texts.append(try Self.text(node, key)) }
    return texts
  }

  func optionalTexts(_ key: String, maxCount: Int) throws(InvalidRecording) -> [String] {
    nodes[key] == nil ? [] : try texts(key, maxCount: maxCount)
  }

  func labels() throws(InvalidRecording) -> [String: String] {
    var labels: [String: String] = [:]
    for member in nodes["labels"] == nil ? [] : try members("labels") {
      guard labels.count < Recording.Limit.labels, member.key.utf8.count <= Recording.Limit.text else {
        throw Self.wrong("'labels'", "an object of at most \(Recording.Limit.labels) labels")
      }
      labels[member.key] = try Self.text(member.value, "labels")
    }
    return labels
  }

  func noNewPrivileges() throws(InvalidRecording) -> Set<Bool> {
    var values: Set<Bool> = []
    for node in nodes["noNewPrivileges"] == nil ? [] : try list("noNewPrivileges", maxCount: 2) {
      guard case .bool(let isTrue) = node.value else {
        throw Self.wrong("'noNewPrivileges'", "true or false")
      }
      values.insert(isTrue)
    }
    return values
  }

  func profile() throws(InvalidRecording) -> Recording.Profile? {
    guard let node = nodes["profile"] else { return nil }
    let reader = try RecordingReader(node)
    return Recording.Profile(
      defaultAction: try reader.text("defaultAction"),
      allowed: try reader.texts("allowed", maxCount: Recording.Limit.allowed).sorted())
  }

  func members(_ key: String) throws(InvalidRecording) -> [JSONNode.Member] {
    guard case .object(let members) = try node(key).value else { throw Self.wrong("'\(key)'", "an object") }
    return members
  }

  func call() throws(InvalidRecording) -> (Recording.Call, Recording.Tally) {
    let action = try optionalText("action")
    guard let caller = SyscallCaller(name: try text("by")) else {
      throw Self.wrong("'by'", "program, runc or crun")
    }
    let call = Recording.Call(
      arch: try text("arch"), number: try number("number"), name: try optionalText("name") ?? "",
      action: action.flatMap { name in SeccompAction.allCases.first { "\($0.name)" == name } }, caller: caller
    )
    let tally = Recording.Tally(
      records: try number("records"), instances: try number("instances"), first: try time("first"),
      last: try time("last"))
    return (call, tally)
  }
}
