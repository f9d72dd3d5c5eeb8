import ObservedSyscalls

/// Tests lines of any form. What is read must be names of the line, and a second reading must say the same.
enum LineTarget {
  // libFuzzer tries one input at a time.
  nonisolated(unsafe) private static var observations = Observations(keepsExecutables: true)

  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(NamePool.Overflow) {
      var first = LineReader(keepsExecutables: true)
      let content = try first.read(bytes)
      var second = LineReader(keepsExecutables: true)
      let again = try second.read(bytes)
      precondition(content == again && first.observation.count == second.observation.count)
      for name in [first.observation.pod, first.observation.executable, first.observation.syscall] {
        // An escape of two bytes becomes at most three, and an invalid byte U+FFFD.
        precondition(first.names[name].utf8.count <= 3 * bytes.count + 64)
      }
      precondition(first.observation.last >= 0 && first.observation.first >= 0)
      if content == .calls {
        precondition(
          first.observation.syscall != .none || !first.listed.isEmpty || first.observation.number >= 0)
      }
      let counted = unsafe try observations.add(bytes)
      precondition(counted == content)
    } catch {
      // All inputs together exceed the limit.
      unsafe observations = Observations()
    }
  }
}
