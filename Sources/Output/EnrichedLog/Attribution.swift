package import AuditRecord

/// How a record's process was attributed, if not directly.
package enum Attribution: String, CaseIterable, Sendable {
  /// The owner is known from the parent process.
  case inherited
  /// The owner was known before the process ended.
  case exited
  /// The owner is unknown; the reason says why.
  case unresolved
  /// The container's ID is known but not its names, because the container runtime does not answer.
  case noCRI = "no-cri"
  /// The owner is that of the process's ID, but another process may have had the ID at the record's time; or the record need not be about
  /// the process whose ID it has, and the owner is not known. The reason says which.
  case uncertain
}

/// The owner of the process that caused a record, as far as it is known.
package struct RecordOwner: Hashable, Sendable {
  /// The namespace; empty for host processes.
  package var namespace = ""
  package var pod = ""
  package var container = ""
  package var podUID: String?
  package var containerID: String?
  /// The runtime that created the container, such as `docker` or `podman`, if it does not serve the CRI.
  package var runtime: String?
  /// A systemd unit of the host.
  package var unit: String?
  package var attribution: Attribution?
  /// Why the owner is unresolved or uncertain: one or more words, joined by hyphens.
  package var reason: String?

  package init() {}
}

extension RecordOwner {
  /// Passes each field to `body`, in the order of a line: first the names, which are always present, then all that are known. A record's
  /// own fields stand between the basic ones and the rest.
  package func forEachField(_ body: (Field, String?) -> Void) {
    body(Field("namespace", .basic, journal: "K8S_NAMESPACE"), namespace)
    body(Field("pod", .basic, journal: "K8S_POD"), pod)
    body(Field("container", .basic, journal: "K8S_CONTAINER"), container)
    body(Field("podUID", .full, journal: "K8S_POD_UID"), podUID)
    body(Field("containerID", .full, journal: "CONTAINER_ID"), containerID)
    body(Field("runtime", .full, journal: "CONTAINER_RUNTIME"), runtime)
    body(Field("unit", .full), unit)
    body(Field("attribution", .full), attribution?.rawValue)
    body(Field("reason", .full), reason)
  }
}
