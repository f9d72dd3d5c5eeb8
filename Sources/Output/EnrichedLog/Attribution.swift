package import AuditRecord

/// How far a record's process could be traced, where that is not plain.
package enum Attribution: String, CaseIterable, Sendable {
  /// Known from its parent.
  case inherited
  /// Known before it ended.
  case exited
  /// Not known; the reason says why.
  case unresolved
  /// The container's ID is known, its names are not: the container runtime does not answer.
  case noCRI = "no-cri"
  /// The owner of the process's ID is known, and not whether it was the same process when the record was made.
  case uncertain
}

/// Whose process made a record, as far as that is known.
package struct RecordOwner: Hashable, Sendable {
  /// Empty for processes of the host.
  package var namespace = ""
  package var pod = ""
  package var container = ""
  package var podUID: String?
  package var containerID: String?
  /// What made the container, where that serves no CRI: `docker`, `podman`.
  package var runtime: String?
  /// A systemd unit of the host.
  package var unit: String?
  package var attribution: Attribution?
  /// Why it is unresolved: a word or two, joined with a dash.
  package var reason: String?

  package init() {}
}

extension RecordOwner {
  /// Its fields, each of which is listed once, in the order of a line: the names, which are always there, then what is known. A record's own
  /// fields stand between basic ones and the rest.
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
