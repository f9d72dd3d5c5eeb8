extension SeccompProfile {
  /// The names that are allowed on each node, to each container and with all arguments.
  package var allowedNames: Set<String> {
    Set(syscalls.filter { $0.action == .allow && $0.isUnconditional }.flatMap(\.names))
  }

  /// The rules that allow calls with certain arguments, whatever the node and the container are.
  package var argumentRules: [Rule] {
    syscalls.filter { $0.action == .allow && !$0.args.isEmpty && $0.includes.isEmpty && $0.excludes.isEmpty }
  }

  /// The names that are allowed only on some nodes or to some containers. containerd ignores these conditions and allows them always.
  package var conditionalNames: Set<String> {
    Set(
      syscalls.filter { $0.action == .allow && !($0.includes.isEmpty && $0.excludes.isEmpty) }.flatMap(
        \.names)
    ).subtracting(allowedNames)
  }
}
