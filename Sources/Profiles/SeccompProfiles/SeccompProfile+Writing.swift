package import JSONText

extension SeccompProfile {
  /// The profile as JSON. Equal profiles have equal text; what is empty is left out.
  package var json: JSONNode {
    .object([
      "defaultAction": .string(defaultAction.rawValue),
      "defaultErrnoRet": defaultErrnoRet.map { .number($0) },
      "defaultErrno": defaultErrno.map { .string($0) },
      "architectures": Self.list(architectures.map(\.profileName)),
      "archMap": archMap.isEmpty ? nil : .array(archMap.map(\.json)),
      "flags": Self.list(flags.map(\.rawValue)),
      "listenerPath": listenerPath.map { .string($0) },
      "listenerMetadata": listenerMetadata.map { .string($0) },
      "syscalls": .array(syscalls.map(\.json)),
    ])
  }

  fileprivate static func list(_ texts: [String]) -> JSONNode? { texts.isEmpty ? nil : .strings(texts) }
}

extension SeccompProfile.ArchitectureFamily {
  fileprivate var json: JSONNode {
    .object([
      "architecture": .string(architecture.profileName),
      "subArchitectures": .strings(subArchitectures.map(\.profileName)),
    ])
  }
}

extension SeccompProfile.Rule {
  fileprivate var json: JSONNode {
    .object([
      "names": .strings(names),
      "action": .string(action.rawValue),
      "errnoRet": errnoRet.map { .number($0) },
      "errno": errno.map { .string($0) },
      "args": args.isEmpty ? nil : .array(args.map(\.json)),
      "comment": comment.map { .string($0) },
      "includes": includes.isEmpty ? nil : includes.json,
      "excludes": excludes.isEmpty ? nil : excludes.json,
    ])
  }
}

extension SeccompProfile.Argument {
  fileprivate var json: JSONNode {
    .object([
      "index": .number(index),
      "value": .number(value),
      "valueTwo": valueTwo == 0 ? nil : .number(valueTwo),
      "op": .string(operation.rawValue),
    ])
  }
}

extension SeccompProfile.Condition {
  fileprivate var json: JSONNode {
    .object([
      "caps": SeccompProfile.list(caps),
      "arches": SeccompProfile.list(arches),
      "minKernel": minKernel.map { .string($0) },
    ])
  }
}
