internal import Glibc

/// Selects containers by what the container runtime knows of them, such as `namespace=prod,label.app=web container=db`.
///
/// Conditions that are joined by commas must all hold; of the groups between blanks one is enough.
package struct ContainerSelector: Hashable, Sendable {
  fileprivate enum Field: Hashable {
    case namespace, pod, container, image
    /// Those of the pod.
    case label(String)
    case annotation(String)
  }

  fileprivate struct Condition: Hashable {
    var field: Field
    /// A pattern of the shell.
    var pattern: String
  }

  private var groups: [[Condition]] = []

  /// What a valid text is, for messages.
  package static let expected =
    "FIELD=PATTERN with namespace, pod, container, image, label.KEY or annotation.KEY, joined by commas (and) or blanks (or)"

  /// Nil if the text has no condition, or one that is not valid.
  package init?(_ text: String) {
    for group in text.split(whereSeparator: \.isWhitespace) {
      var conditions: [Condition] = []
      for text in group.split(separator: ",", omittingEmptySubsequences: false) {
        guard let condition = Condition(text) else { return nil }
        conditions.append(condition)
      }
      groups.append(conditions)
    }
    guard !groups.isEmpty else { return nil }
  }

  package func matches(_ container: ContainerIdentity) -> Bool {
    groups.contains { $0.allSatisfy { $0.matches(container) } }
  }

  /// The labels and annotations that have to be known.
  package var keys: PodMetadata.Keys {
    var keys = PodMetadata.Keys()
    for condition in groups.joined() {
      switch condition.field {
      case .label(let key): keys.labels.insert(key)
      case .annotation(let key): keys.annotations.insert(key)
      default: break
      }
    }
    return keys
  }
}

extension ContainerSelector.Condition {
  fileprivate init?(_ text: Substring) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let field = ContainerSelector.Field(parts[0]) else { return nil }
    (self.field, pattern) = (field, String(parts[1]))
  }

  /// A label or an annotation that the pod does not have matches no pattern.
  fileprivate func matches(_ container: ContainerIdentity) -> Bool {
    let value: String? =
      switch field {
      case .namespace: container.namespace
      case .pod: container.pod
      case .container: container.container
      case .image: container.image
      case .label(let key): container.podMetadata.labels[key]
      case .annotation(let key): container.podMetadata.annotations[key]
      }
    return value.map { unsafe fnmatch(pattern, $0, 0) == 0 } ?? false
  }
}

extension ContainerSelector.Field {
  fileprivate init?(_ text: Substring) {
    switch text {
    case "namespace": self = .namespace
    case "pod": self = .pod
    case "container": self = .container
    case "image": self = .image
    default:
      let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[1].isEmpty else { return nil }
      switch parts[0] {
      case "label": self = .label(String(parts[1]))
      case "annotation": self = .annotation(String(parts[1]))
      default: return nil
      }
    }
  }
}
