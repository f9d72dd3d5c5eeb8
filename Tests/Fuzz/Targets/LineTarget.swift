import ObservedSyscalls

/// Tests lines of any form. What is read must be names of the line, and a second reading must say the same.
enum LineTarget {
  // libFuzzer tries one input at a time.
  nonisolated(unsafe) private static var observations = Observations(keepsExecutables: true)

  /// Copied, because the tables of a reader take longer to make than an input to read.
  private static let fresh = LineReader(keepsExecutables: true)

  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(NamePool.Overflow) {
      var first = fresh
      let content = try first.read(bytes)
      // The reader may know the line's shape by now.
      let known = try first.read(bytes)
      var second = fresh
      let again = try second.read(bytes)
      precondition(content == again && content == known)
      precondition(first.text(content) == second.text(content))
      for name in [first.observation.pod, first.observation.executable, first.observation.syscall] {
        // An escape of two bytes becomes at most three, and an invalid byte U+FFFD.
        precondition(first.names[name].utf8.count <= 3 * bytes.count + 64)
      }
      precondition(first.observation.last >= 0 && first.observation.first >= 0)
      if content == .calls {
        precondition(
          first.observation.syscall != .none || !first.listed.isEmpty || first.observation.number >= 0
            || first.observation.number == Observations.otherNumbers)
      }
      let counted = unsafe try observations.add(bytes)
      // Whether a line is a record of the kernel's depends on the lines before it.
      precondition(
        counted == content || [.record, .other].contains(content) && [.record, .other].contains(counted))
    } catch {
      // All inputs together exceed the limit.
      unsafe observations = Observations()
    }
  }
}

extension LineReader {
  /// All that the last line says.
  fileprivate func text(_ content: LineContent) -> [String] {
    guard [.calls, .loss, .suppressed].contains(content) else { return [] }
    let it = observation
    let all = [
      it.node, it.namespace, it.pod, it.container, it.image, it.containerID, it.executable, it.arch,
      it.syscall,
    ]
    return (all + listed + [place]).map { names[$0] }
      + [
        "\(it.number) \(it.count) \(it.first) \(it.last) \(it.isUnresolved)",
        "\(String(describing: it.action)) \(String(describing: it.runtime))",
      ]
  }
}
