/// Which containers something is done for.
package enum ContainerChoice: Hashable, Sendable {
  case all
  case none
  case selected(ContainerSelector)

  /// Parses `all`, `none` or a selector.
  package init?(_ text: String) {
    switch text {
    case "all": self = .all
    case "none": self = .none
    default:
      guard let selector = ContainerSelector(text) else { return nil }
      self = .selected(selector)
    }
  }

  package func includes(_ container: ContainerIdentity) -> Bool {
    switch self {
    case .all: true
    case .none: false
    case .selected(let selector): selector.matches(container)
    }
  }

  /// The labels and annotations that have to be known.
  package var keys: PodMetadata.Keys {
    if case .selected(let selector) = self { selector.keys } else { PodMetadata.Keys() }
  }
}

/// Which containers are recorded.
package enum RecordingChoice: Hashable, Sendable {
  case containers(ContainerChoice)
  /// Those that an annotation of their pod names.
  case annotated

  package static let none = RecordingChoice.containers(.none)

  /// Parses `opt-in`, `all`, `none` or a selector.
  package init?(_ text: String) {
    if text == "opt-in" {
      self = .annotated
    } else {
      guard let choice = ContainerChoice(text) else { return nil }
      self = .containers(choice)
    }
  }

  /// Whether certain containers were chosen, rather than all or none.
  package var isSelective: Bool { self != .none && self != .containers(.all) }

  package func includes(_ container: ContainerIdentity) -> Bool {
    switch self {
    case .containers(let choice): choice.includes(container)
    case .annotated: isNamed(container)
    }
  }

  private func isNamed(_ container: ContainerIdentity) -> Bool {
    let annotations = container.podMetadata.annotations
    if annotations[Self.operatorPrefix + container.container] != nil { return true }
    guard let names = annotations[Self.annotation] else { return false }
    return names.split(separator: ",").contains { name in
      let name = name.filter { !$0.isWhitespace }
      return name == "*" || name == container.container
    }
  }

  /// The annotation of a pod that names its recorded containers, with commas; `*` is all of them.
  private static let annotation = "audit-enricher/record"
  /// The Security Profiles Operator's annotation ends with the container's name.
  private static let operatorPrefix = "io.containers.trace-logs/"

  /// The labels and annotations that have to be known, with those that name the workload.
  package var keys: PodMetadata.Keys {
    var keys = PodMetadata.Keys()
    switch self {
    case .containers(.none): return keys
    case .containers(let choice): keys = choice.keys
    case .annotated:
      keys.annotations.insert(Self.annotation)
      keys.annotationPrefixes.insert(Self.operatorPrefix)
    }
    keys.labels.formUnion(PodWorkload.labels)
    return keys
  }
}
