internal import Glibc

/// Which containers' calls count.
package struct Selection: Equatable, Sendable {
  package var namespace: String?
  /// A pattern of the shell, such as `web-*`.
  package var pod: String?
  package var container: String?
  /// A pattern of the shell for the name of the image, such as `*/redis:*`.
  package var image: String?
  /// Whether containers whose image is not known count although `image` is given.
  package var acceptsUnknownImages = false
  /// Labels that the pod must have.
  package var labels: [String: String] = [:]

  package init(namespace: String? = nil, pod: String? = nil, container: String? = nil) {
    self.namespace = namespace
    self.pod = pod
    self.container = container
  }

  package var isEmpty: Bool { self == Selection() }

  /// What is known of a container. A text is empty if it is not known.
  package struct Subject {
    package var namespace = ""
    package var pod = ""
    package var container = ""
    package var image = ""
    /// Nil if they are not known, as those of the pods in lines.
    package var labels: [String: String]?

    package init() {}
  }

  /// What a container's calls would have to say to be selected or not.
  package enum Unknown: String, CaseIterable, Sendable {
    case image
    case labels
  }

  /// Whether a container is selected, and what would have to be known to decide that.
  package func decide(_ subject: Subject) -> (isSelected: Bool, unknown: Unknown?) {
    guard namespace == nil || namespace == subject.namespace,
      container == nil || container == subject.container, Self.matches(pod, subject.pod)
    else { return (false, nil) }
    if !labels.isEmpty {
      guard let known = subject.labels else { return (false, .labels) }
      guard labels.allSatisfy({ known[$0.key] == $0.value }) else { return (false, nil) }
    }
    if image != nil, subject.image.isEmpty { return (acceptsUnknownImages, .image) }
    return (Self.matches(image, subject.image), nil)
  }

  private static func matches(_ pattern: String?, _ text: String) -> Bool {
    // The strings live until the call returns.
    pattern.map { unsafe fnmatch($0, text, 0) == 0 } ?? true
  }
}
