internal import Glibc

/// Which containers' lines count.
package struct Selection: Equatable, Sendable {
  package var namespace: String?
  /// A pattern of the shell, such as `web-*`.
  package var pod: String?
  package var container: String?

  package init(namespace: String? = nil, pod: String? = nil, container: String? = nil) {
    self.namespace = namespace
    self.pod = pod
    self.container = container
  }

  package var isEmpty: Bool { self == Selection() }

  package func matches(namespace: String, pod: String, container: String) -> Bool {
    (self.namespace == nil || self.namespace == namespace)
      && (self.container == nil || self.container == container)
      && (self.pod.map { unsafe fnmatch($0, pod, 0) == 0 } ?? true)
  }
}
