internal import AuditRecord
package import JSONText

extension Recording {
  /// The value of a recording's key `kind`.
  package static let kind: StaticString = "audit-enricher.recording"
  static let version: UInt64 = 1

  /// The recording as a JSON object. Equal recordings have equal text.
  ///
  /// Times are milliseconds since 1970. A later version may add keys; one that changes the meaning of a key has another `version`.
  package var json: JSONNode {
    .object([
      "kind": .string("\(Self.kind)"),
      "version": .number(Self.version),
      "nodes": .strings(nodes),
      "namespace": .string(subject.namespace),
      "workload": .string(subject.workload),
      "workloadKind": workloadKind.isEmpty ? nil : .string(workloadKind),
      "container": .string(subject.container),
      "images": .strings(images),
      "labels": labels.isEmpty ? nil : .strings(labels),
      "runtimes": runtimes.isEmpty ? nil : .strings(runtimes),
      "noNewPrivileges": noNewPrivileges.isEmpty ? nil : noNewPrivilegesJSON,
      "profile": profile?.json,
      "since": .number(since),
      "until": .number(until),
      "instances": .number(instances),
      "executions": .number(executions),
      "complete": JSONNode(.bool(isComplete)),
      "completeEarlier": JSONNode(.bool(hasCompleteInstance)),
      "gaps": JSONNode(
        .object(
          gaps.sorted { $0.key.name < $1.key.name }.map {
            JSONNode.Member(key: $0.key.name, value: .number($0.value))
          })),
      "others": others > 0 ? .number(others) : nil,
      "recent": .array(recent.map(\.json)),
      "syscalls": .array(calls.sorted { $0.key < $1.key }.map { Self.json($0.key, $0.value) }),
    ])
  }

  private var noNewPrivilegesJSON: JSONNode {
    .array([false, true].filter(noNewPrivileges.contains).map { JSONNode(.bool($0)) })
  }

  /// The recording on one line.
  package var line: String { json.compact + "\n" }

  private static func json(_ call: Call, _ tally: Tally) -> JSONNode {
    .object([
      "arch": .string(call.arch),
      "number": .number(call.number),
      "name": call.name.isEmpty ? nil : .string(call.name),
      "action": call.action.map { .string("\($0.name)") },
      "by": .string("\(call.caller.name)"),
      "records": .number(tally.records),
      "instances": .number(tally.instances),
      "first": .number(tally.first),
      "last": .number(tally.last),
    ])
  }
}

extension Recording.Profile {
  /// With the names that are allowed and not logged.
  package var json: JSONNode {
    .object(["defaultAction": .string(defaultAction), "allowed": .strings(allowed)])
  }
}

extension JSONNode {
  /// An object of texts, sorted by key.
  package static func strings(_ texts: [String: String]) -> JSONNode {
    JSONNode(.object(texts.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: .string($0.value)) }))
  }
}

extension Recording.Instance {
  fileprivate var json: JSONNode {
    .object([
      "id": .string(id), "complete": JSONNode(.bool(isComplete)), "ended": ended.map { .number($0) },
    ])
  }
}
