internal import EnrichedLog
internal import ObservedSyscalls
internal import SeccompProfiles

extension ProfileMaker.Made {
  /// What a person should know of the profile, on one line.
  package var report: String {
    var clauses = [head]
    add("left out, used by the runtime alone", leftOut, to: &clauses)
    add("blocked and not added", container.blocked.subtracting(container.seen.keys), to: &clauses)
    add("excluded", excluded, to: &clauses)
    add("left out, for they depend on the node or on capabilities", conditional, to: &clauses)
    add("without a name, and not added", Set(container.unnamedTexts), to: &clauses)
    add(
      "not the name of a syscall", Set(container.seen.keys.filter { !SyscallName.isValid($0) }), to: &clauses)
    add("new", new, to: &clauses)
    add("powerful", allowed.intersection(SyscallName.risky), to: &clauses)
    add("unknown to libseccomp 2.5.4", allowed.intersection(SyscallName.newerThanLibseccomp254), to: &clauses)
    if container.noNewPrivileges == [true], bases.isEmpty {
      clauses.append("recorded with no_new_privs: without that, the runtime needs more (see --base)")
    }
    if isArchitectureAssumed {
      clauses.append("no line names an architecture: this machine's is assumed (see --arch)")
    }
    return "\(subject): \(clauses.joined(separator: "; "))"
  }

  private var subject: String { container.path.isEmpty ? "all profiles" : container.printableName }

  private var allowed: Set<String> {
    draft.distinctParts.reduce(into: []) { $0.formUnion($1.names) }
  }

  private var head: String {
    let parts = draft.distinctParts.filter { !$0.names.isEmpty }.map { part in
      switch part.reason {
      case .seen: "\(part.names.count) seen"
      case .base: "\(part.names.count) base \(bases.map(\.rawValue).joined(separator: ", "))"
      case .file(let file): "\(part.names.count) from \(file.escaped)"
      }
    }
    let counts = "\(allowed.count) syscalls (\(parts.joined(separator: ", ")))"
    return container.instanceCount > 0 ? "\(counts), \(container.extentAndGaps)" : counts
  }

  private func add(_ reason: String, _ names: Set<String>, to clauses: inout [String]) {
    guard !names.isEmpty else { return }
    clauses.append("\(reason): \(names.sorted().map(\.printable).joined(separator: " "))")
  }
}

extension RecordedContainer {
  /// What a person should know of the recording of what was seen, on one line.
  package var report: String { "\(printableName): \(seen.count.counted("syscall")) seen, \(extentAndGaps)" }

  fileprivate var extentAndGaps: String {
    guard gaps.isEmpty else { return "\(extent), INCOMPLETE: \(gaps.joined(separator: ", "))" }
    return "\(extent), \(isRecording ? "complete" : "no loss reported")"
  }

  /// Why a profile may lack something that the container needs; nil if no reason is known.
  package var doubt: String? {
    let reasons = gaps + (unnamed.isEmpty ? [] : ["without a name: \(unnamedTexts.joined(separator: " "))"])
    return reasons.isEmpty ? nil : "\(printableName) is incomplete: \(reasons.joined(separator: ", "))"
  }

  fileprivate var unnamedTexts: [String] {
    unnamed.map { call in
      guard call.number != Observations.otherNumbers else { return "others" }
      return "\(call.number)\(call.arch.isEmpty ? "" : " (\(call.arch.printable))")"
    }.sorted()
  }
}
