internal import ObservedSyscalls
package import SeccompProfiles

/// Makes profiles of what was seen.
package struct ProfileMaker {
  /// What a profile allows beside what was seen.
  package enum Base: Equatable, Sendable {
    /// The runtime's, if it was seen; else runc's. Also that of the other runtime, if calls were recorded under a profile that allows it.
    case auto
    case runtimes([RuntimeBase])
  }

  package var base = Base.auto
  /// Profiles whose rules are adopted.
  package var profiles: [ProfileInputs.Named] = []
  package var defaultAction = SeccompProfile.Action.errno
  /// Architectures that the profile has in any case.
  package var architectures: [ProfileArchitecture] = []
  package var excluded: Set<String> = []

  package init() {}

  /// A profile with what there is to say about it.
  package struct Made {
    package var container: RecordedContainer
    package var draft: ProfileDraft
    /// The bases that were used.
    package var bases: [RuntimeBase]
    /// Names that only the runtime used, and does without.
    package var leftOut: Set<String>
    /// Excluded names that would have been allowed.
    package var excluded: Set<String>
    /// Names that no adopted profile allows.
    package var new: Set<String>
    /// Names whose rules depend on the node or on capabilities.
    package var conditional: Set<String>
    /// Whether no line said which architecture its calls are of.
    package var isArchitectureAssumed: Bool
  }

  /// Makes the profile of a container.
  package func make(_ container: RecordedContainer) -> Made {
    let seen = Set(container.seen.keys).filter(SyscallName.isValid)
    let leftOut = seen.intersection(RuntimeBase.optional).subtracting(container.seenOfProgram)
    let architectures = container.architectures.compactMap(ProfileArchitecture.init(name:)) + architectures
    let bases = bases(container)
    let base = bases.isEmpty ? [] : bases.reduce(RuntimeBase.always) { $0.union($1.syscalls) }
    let adopted = profiles.reduce(into: Set<String>()) { $0.formUnion($1.profile.allowedNames) }
    var container = container
    let unlogged = container.unlogged.subtracting(seen).subtracting(base).subtracting(adopted)
      .subtracting(excluded).subtracting(RuntimeBase.oldSignals)
    if !unlogged.isEmpty {
      container.gaps.append(
        "\(unlogged.count.counted("syscall")) allowed and not logged by the profile that it had (see --base FILE)"
      )
    }
    var draft = ProfileDraft(defaultAction: defaultAction)
    draft.architectures = architectures.isEmpty ? [.native] : architectures
    draft.excluded = excluded
    if container.instanceCount > 0 {
      draft.parts.append(ProfileDraft.Part(seen.subtracting(leftOut), .seen, comment: container.comment))
    }
    for named in profiles {
      draft.parts.append(
        ProfileDraft.Part(named.profile.allowedNames, .file(named.file), comment: "from: \(named.file)"))
      draft.rules += named.profile.argumentRules
    }
    if !bases.isEmpty {
      let names = bases.reduce(RuntimeBase.always(on: draft.architectures)) { $0.union($1.syscalls) }
      draft.parts.append(
        ProfileDraft.Part(
          names, .base, comment: "base: \(bases.map(\.rawValue).joined(separator: ", ")) (not seen here)"))
    }
    let allowed = draft.parts.reduce(into: Set<String>()) { $0.formUnion($1.names) }
    return Made(
      container: container, draft: draft, bases: bases, leftOut: leftOut,
      excluded: excluded.intersection(allowed),
      new: profiles.isEmpty ? [] : allowed.subtracting(adopted).subtracting(excluded),
      conditional: profiles.reduce(into: []) { $0.formUnion($1.profile.conditionalNames) },
      isArchitectureAssumed: architectures.isEmpty)
  }

  /// Makes the profile of adopted profiles alone, if no container was seen.
  package func makeUnion() -> Made {
    let architectures = Set(profiles.flatMap(\.profile.architectures))
    var maker = self
    maker.architectures += architectures
    return maker.make(RecordedContainer(path: []))
  }

  private func bases(_ container: RecordedContainer) -> [RuntimeBase] {
    switch base {
    case .runtimes(let runtimes): return runtimes
    case .auto:
      // Profiles alone have their own base.
      guard container.instanceCount > 0 else { return [] }
      let seen = container.runtimes.map { $0 == .crun ? RuntimeBase.crun : .runc }
      let usual = seen.isEmpty ? [.runc] : RuntimeBase.allCases.filter(seen.contains)
      // What record.json allows is what runc needs, and under crun any program may need that.
      let covered = usual.reduce(RuntimeBase.always.union(RuntimeBase.oldSignals)) { $0.union($1.syscalls) }
      let unlogged = container.unlogged.subtracting(covered)
      return RuntimeBase.allCases.filter { base in
        usual.contains(base) || !unlogged.isEmpty && unlogged.isSubset(of: base.syscalls)
      }
    }
  }
}

extension RecordedContainer {
  /// How much was seen, such as `3 instances on 2 nodes`.
  package var extent: String {
    let nodes = nodeNames.count
    return instanceCount.counted("instance") + (nodes > 0 ? " on \(nodes.counted("node"))" : "")
  }

  /// The times between which calls were made; nil if no line has a time.
  package var period: String? {
    guard total.first > 0 else { return nil }
    return "\(UTCTime(total.first).toMinute) to \(UTCTime(total.last).toMinute)"
  }

  /// The comment of what was seen.
  fileprivate var comment: String {
    (gaps.isEmpty ? "" : "INCOMPLETE: \(gaps.joined(separator: ", ")). ")
      + (["seen: \(name)", extent] + [period].compactMap(\.self)).joined(separator: ", ")
  }
}

extension BinaryInteger {
  /// The number and the noun, such as `3 nodes`.
  func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
