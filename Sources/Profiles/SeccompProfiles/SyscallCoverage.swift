package import JSONText

/// How many of the instances of a container made each syscall: the annotation of the Security Profiles Operator. It says what was
/// observed, and gives no confidence that it is complete.
package struct SyscallCoverage: Equatable, Sendable {
  package static let annotation = "spo.x-k8s.io/syscall-coverage"

  /// The number of instances.
  package var total: UInt64
  /// For each name, the number of instances that made the call.
  package var syscalls: [String: UInt64]

  package init(total: UInt64, syscalls: [String: UInt64]) {
    self.total = total
    self.syscalls = syscalls
  }

  package var json: JSONNode {
    .object([
      "version": .string("v1"),
      "total": .number(total),
      "syscalls": JSONNode(
        .object(
          syscalls.sorted { $0.key < $1.key }.map { JSONNode.Member(key: $0.key, value: .number($0.value)) })),
    ])
  }
}
