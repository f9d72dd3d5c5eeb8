/// What a new profile consists of.
package struct ProfileDraft: Equatable, Sendable {
  /// Names that are allowed for one reason, which becomes their comment.
  package struct Part: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
      case seen
      /// Another profile allows them.
      case file(String)
      case base
    }

    package var names: Set<String>
    package var reason: Reason
    package var comment: String

    package init(_ names: Set<String>, _ reason: Reason, comment: String) {
      self.names = names
      self.reason = reason
      self.comment = comment
    }
  }

  package var defaultAction: SeccompProfile.Action
  package var architectures: [ProfileArchitecture] = []
  /// The reasons in the order of the profile. A name that several of them have counts for the first.
  package var parts: [Part] = []
  /// Rules with conditions, from other profiles.
  package var rules: [SeccompProfile.Rule] = []
  /// Names that are not allowed, whatever the parts and rules say.
  package var excluded: Set<String> = []

  package init(defaultAction: SeccompProfile.Action) { self.defaultAction = defaultAction }

  /// The parts without the names that earlier ones have, and without excluded ones.
  package var distinctParts: [Part] {
    var known = excluded
    return parts.map { part in
      let names = part.names.subtracting(known)
      known.formUnion(names)
      return Part(names, part.reason, comment: part.comment)
    }
  }

  /// The profile, with one entry for each part; or, without comments, one for all of them.
  package func profile(withComments: Bool = true) -> SeccompProfile {
    var profile = SeccompProfile(defaultAction: defaultAction)
    profile.architectures = ProfileArchitecture.sorted(Set(architectures))
    let parts = distinctParts.filter { !$0.names.isEmpty }
    let all = parts.reduce(into: Set<String>()) { $0.formUnion($1.names) }
    if withComments {
      profile.syscalls = parts.map { SeccompProfile.Rule($0.names.sorted(), .allow, comment: $0.comment) }
    } else if !all.isEmpty {
      profile.syscalls = [SeccompProfile.Rule(all.sorted(), .allow)]
    }
    for rule in rules {
      var rule = rule
      rule.names = rule.names.filter { !all.contains($0) && !excluded.contains($0) }
      if !withComments { rule.comment = nil }
      if !rule.names.isEmpty, !profile.syscalls.contains(rule) { profile.syscalls.append(rule) }
    }
    return profile
  }
}
