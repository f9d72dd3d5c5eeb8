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
