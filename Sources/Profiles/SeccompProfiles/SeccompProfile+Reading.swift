internal import EnrichedLog
internal import JSONText

extension SeccompProfile {
  /// Reads a profile from a document: what runtimes read, or a SeccompProfile of the Security Profiles Operator. `file` names it in
  /// messages. Unknown keys are errors, since what they mean would be lost. `base` is the name of a SeccompProfile whose rules belong to it.
  static func read(
    _ root: JSONNode, file: String
  ) throws(InvalidProfile) -> (profile: SeccompProfile, base: String?) {
    var object = try ObjectReader(root, "a profile", in: file)
    guard let kind = try object.string("kind") else { return (try SeccompProfile(&object), nil) }
    guard kind == SecurityProfile.kind else {
      throw InvalidProfile(
        file: file, line: root.line, reason: "this is a \(kind.printable), and no \(SecurityProfile.kind)")
    }
    guard let spec = object.take("spec") else {
      throw InvalidProfile(file: file, line: root.line, reason: "the \(kind) has no 'spec'")
    }
    var reader = try ObjectReader(spec, "'spec'", in: file)
    let base = try reader.string("baseProfileName")
    _ = reader.take("state")
    return (try SeccompProfile(&reader), base)
  }

  private init(_ object: inout ObjectReader) throws(InvalidProfile) {
    guard let action = object.take("defaultAction") else {
      throw InvalidProfile(file: object.file, line: object.line, reason: "the profile has no 'defaultAction'")
    }
    self.init(defaultAction: try object.word(action, "defaultAction", Action.init))
    defaultErrnoRet = try object.number("defaultErrnoRet", UInt32.self)
    defaultErrno = try object.string("defaultErrno")
    architectures = try object.words("architectures", ProfileArchitecture.init(profileName:))
    for node in try object.array("archMap") {
      var family = try ObjectReader(node, "an entry of 'archMap'", in: object.file)
      guard let architecture = family.take("architecture") else {
        throw family.failure(node, "an entry of 'archMap' has no 'architecture'")
      }
      archMap.append(
        ArchitectureFamily(
          architecture: try family.word(
            architecture, "architecture", ProfileArchitecture.init(profileName:)),
          subArchitectures: try family.words(
            "subArchitectures", ProfileArchitecture.init(profileName:))))
      try family.end("an entry of 'archMap'")
    }
    flags = try object.words("flags", Flag.init)
    listenerPath = try object.string("listenerPath")
    listenerMetadata = try object.string("listenerMetadata")
    for node in try object.array("syscalls") { syscalls.append(try Rule(node, in: object.file)) }
    try object.end("the profile")
  }
}

extension SeccompProfile.Rule {
  fileprivate init(_ node: JSONNode, in file: String) throws(InvalidProfile) {
    var object = try ObjectReader(node, "an entry of 'syscalls'", in: file)
    var names: [String] = []
    for name in try object.array("names") { names.append(try Self.name(name, object)) }
    // An older form of moby's.
    if let name = object.take("name") {
      guard names.isEmpty else { throw object.failure(name, "an entry of 'syscalls' has 'name' and 'names'") }
      names.append(try Self.name(name, object))
    }
    guard !names.isEmpty else { throw object.failure(node, "an entry of 'syscalls' has no 'names'") }
    guard let action = object.take("action") else {
      throw object.failure(node, "an entry of 'syscalls' has no 'action'")
    }
    self.init(names, try object.word(action, "action", SeccompProfile.Action.init))
    errnoRet = try object.number("errnoRet", UInt32.self)
    errno = try object.string("errno")
    for node in try object.array("args") { args.append(try SeccompProfile.Argument(node, in: file)) }
    comment = try object.string("comment")
    includes = try Self.condition("includes", &object)
    excludes = try Self.condition("excludes", &object)
    try object.end("an entry of 'syscalls'")
  }

  private static func name(_ node: JSONNode, _ object: ObjectReader) throws(InvalidProfile) -> String {
    let name = try object.string(node, "names")
    guard SyscallName.isValid(name) else {
      throw object.failure(node, "'\(name.printable)' is no name of a syscall")
    }
    return name
  }

  private static func condition(
    _ key: String, _ object: inout ObjectReader
  ) throws(InvalidProfile) -> SeccompProfile.Condition {
    guard let node = object.take(key) else { return SeccompProfile.Condition() }
    var reader = try ObjectReader(node, "'\(key)'", in: object.file)
    let condition = SeccompProfile.Condition(
      caps: try reader.strings("caps"), arches: try reader.strings("arches"),
      minKernel: try reader.string("minKernel"))
    try reader.end("'\(key)'")
    return condition
  }
}

extension SeccompProfile.Argument {
  fileprivate init(_ node: JSONNode, in file: String) throws(InvalidProfile) {
    var object = try ObjectReader(node, "an entry of 'args'", in: file)
    guard let operation = object.take("op") else {
      throw object.failure(node, "an entry of 'args' has no 'op'")
    }
    self.init(
      index: try object.number("index", UInt32.self) ?? 0,
      operation: try object.word(operation, "op", Operation.init),
      value: try object.number("value", UInt64.self) ?? 0,
      valueTwo: try object.number("valueTwo", UInt64.self) ?? 0)
    try object.end("an entry of 'args'")
  }
}

extension SecurityProfile {
  /// The name and namespace of a resource; nil where a document has none.
  static func names(of root: JSONNode) -> (name: String?, namespace: String?) {
    guard case .object(let members) = root.value,
      case .object(let metadata)? = members.first(where: { $0.key == "metadata" })?.value.value
    else { return (nil, nil) }
    func text(_ key: String) -> String? {
      guard case .string(let text)? = metadata.first(where: { $0.key == key })?.value.value, !text.isEmpty
      else { return nil }
      return text
    }
    return (text("name"), text("namespace"))
  }
}
