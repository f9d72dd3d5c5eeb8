/// What a runtime reports of one container on request.
package struct ContainerReport: Hashable, Sendable {
  package var security: ContainerSecurity
  /// Those of the pod, at most `PodMetadata.maxLabels`; nil if they are not known, or not asked for.
  package var labels: [String: String]?

  package init(_ security: ContainerSecurity, labels: [String: String]? = nil) {
    self.security = security
    self.labels = labels
  }
}

/// What a container runtime was told about a container's filter and its privileges.
package struct ContainerSecurity: Hashable, Sendable {
  /// The filter that the runtime loads. Its names decide without regard to arguments.
  package struct Filter: Hashable, Sendable {
    /// What becomes of all other calls, such as `SCMP_ACT_LOG`.
    package var defaultAction: String
    /// The names of calls that are allowed and not logged, sorted.
    package var allowed: [String]
    /// How many names are logged.
    package var logged: Int
    /// How many names are refused, or cause something else.
    package var others: Int

    package init(defaultAction: String, allowed: [String] = [], logged: Int = 0, others: Int = 0) {
      self.defaultAction = defaultAction
      self.allowed = allowed
      self.logged = logged
      self.others = others
    }
  }

  /// Whether the container's processes can gain no privileges, as with `allowPrivilegeEscalation: false`.
  package var noNewPrivileges: Bool
  package var isPrivileged: Bool
  /// Nil if the container has no filter.
  package var filter: Filter?

  package init(noNewPrivileges: Bool = false, isPrivileged: Bool = false, filter: Filter? = nil) {
    self.noNewPrivileges = noNewPrivileges
    self.isPrivileged = isPrivileged
    self.filter = filter
  }

  /// What the filter does, in few words.
  package var summary: String { filter?.summary ?? "none" }

  /// Why the container's calls cannot be recorded; nil if some of them are logged.
  package var obstacle: String? {
    guard let filter else {
      return isPrivileged
        ? "it is privileged, so it has no filter" : "it has no filter: seccompProfile is Unconfined"
    }
    return filter.logs ? nil : "its profile logs no call that it permits"
  }
}

extension ContainerSecurity.Filter {
  private static let log = "SCMP_ACT_LOG"
  private static let allow = "SCMP_ACT_ALLOW"

  /// Whether calls are made and logged.
  package var logs: Bool { defaultAction == Self.log || logged > 0 }

  fileprivate var summary: String {
    switch defaultAction {
    case Self.log:
      let rest = allowed.count + others
      return rest == 0 ? "logs all" : "logs the rest of \(rest)"
    case Self.allow where logged == 0 && others == 0: return "allows all"
    case Self.allow where others == 0: return "logs \(logged)"
    default: return logged == 0 ? "enforces" : "enforces, logs \(logged)"
    }
  }
}
