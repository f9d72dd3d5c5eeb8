package import ObservedSyscalls
package import ProfileCompiler
package import SeccompProfiles

/// What a profile would have done with the calls that were seen, and with those that other profiles allow.
package struct ProfileCheck: Sendable {
  /// Equal calls of one container, or names of one profile.
  package struct Row: Equatable, Sendable {
    /// The container's names, such as `prod/web/app`, or the file of a profile.
    package var subject: String
    package var arch: String
    package var syscall: String
    /// How many records there are; 0 for the names of a profile.
    package var records: UInt64
    /// Whether the container's runtime made the calls.
    package var isRuntime: Bool
    /// All that may become of the calls; several if that depends on arguments.
    package var outcomes: [FilterOutcome]

    package var isAllowed: Bool { outcomes.allSatisfy(\.permits) && !outcomes.isEmpty }
    package var isBlocked: Bool { !outcomes.contains(where: \.permits) }
  }

  /// All rows, sorted by their names.
  package private(set) var rows: [Row] = []

  /// Calls that a runtime does without.
  static let optional = RuntimeBase.optional

  private let compiled: CompiledProfile
  private let runtime: RuntimeBase

  package init(_ compiled: CompiledProfile, runtime: RuntimeBase) {
    self.compiled = compiled
    self.runtime = runtime
  }

  /// What the runtime, or any program, may need and the profile blocks. Records of one start need not have it.
  package var missingBase: [String] {
    let arch = ProfileArchitecture.native.name
    return RuntimeBase.always.union(runtime.syscalls).filter { name in
      guard let number = CompiledProfile.number(of: name, on: arch) else { return false }
      return !compiled.outcomes(of: number, on: arch, under: runtime).contains(where: \.permits)
    }.sorted()
  }

  /// Adds what was seen of containers.
  package mutating func add(_ observations: Observations, by grouping: RecordedContainer.Grouping) {
    struct Call: Hashable {
      var path: [String]
      var arch: String
      var number: Int64
      var name: String
      var isRuntime: Bool
    }
    var tallies: [Call: Observations.Tally] = [:]
    for (key, tally) in observations.calls {
      guard let path = grouping.path(of: key.owner, observations) else { continue }
      let arch = key.arch == .none ? ProfileArchitecture.native.name : observations[key.arch]
      let name = observations[key.syscall]
      // Of a call with a name the number may be missing.
      let call = Call(
        path: path, arch: arch, number: name.isEmpty ? key.number : 0, name: name,
        isRuntime: key.runtime != nil)
      tallies[call, default: Observations.Tally()].add(tally)
    }
    // Many containers make the same calls.
    var known: [String: [UInt32?: [FilterOutcome]]] = [:]
    for (call, tally) in tallies {
      let number =
        call.name.isEmpty
        ? UInt32(exactly: call.number) : CompiledProfile.number(of: call.name, on: call.arch)
      let outcomes =
        known[call.arch]?[number] ?? compiled.outcomes(of: number, on: call.arch, under: runtime)
      known[call.arch, default: [:]][number] = outcomes
      rows.append(
        Row(
          subject: call.path.map { $0.isEmpty ? "-" : $0 }.joined(separator: "/"), arch: call.arch,
          syscall: call.name.isEmpty ? (call.number < 0 ? "(others)" : "\(call.number)") : call.name,
          records: tally.count, isRuntime: call.isRuntime, outcomes: outcomes))
    }
    sort()
  }

  /// Adds what another profile allows, if only with some arguments.
  package mutating func add(_ other: ProfileInputs.Named) {
    let architectures = other.profile.architectures.isEmpty ? [.native] : other.profile.architectures
    let names = other.profile.allowedNames.union(other.profile.argumentRules.flatMap(\.names))
    for arch in Set(architectures).map(\.name) {
      for name in names {
        // A name that the machine does not have, or libseccomp does not know, is allowed by neither.
        guard let number = CompiledProfile.number(of: name, on: arch) else { continue }
        rows.append(
          Row(
            subject: other.file, arch: arch, syscall: name, records: 0, isRuntime: false,
            outcomes: compiled.outcomes(of: number, on: arch, under: runtime)))
      }
    }
    sort()
  }

  private mutating func sort() {
    rows.sort {
      ($0.subject, $0.arch, $0.syscall, $0.isRuntime ? 1 : 0)
        < ($1.subject, $1.arch, $1.syscall, $1.isRuntime ? 1 : 0)
    }
  }
}
