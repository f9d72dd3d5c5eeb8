package import AuditRecord

/// How far a record's process could be traced, where that is not plain.
public enum Attribution: String, CaseIterable, Sendable {
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
public struct RecordOwner: Hashable, Sendable {
  /// Empty for processes of the host.
  public var namespace = ""
  public var pod = ""
  public var container = ""
  public var podUID: String?
  public var containerID: String?
  /// What made the container, where that serves no CRI: `docker`, `podman`.
  public var runtime: String?
  /// A systemd unit of the host.
  public var unit: String?
  public var attribution: Attribution?
  /// Why it is unresolved: a word or two, joined with a dash.
  public var reason: String?

  public init() {}
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
