/// A pod's labels and annotations, as far as a selector asks for them.
package struct PodMetadata: Hashable, Sendable {
  package private(set) var labels: [String: String] = [:]
  package private(set) var annotations: [String: String] = [:]

  /// The keys that a selector asks for.
  package struct Keys: Hashable, Sendable {
    package var labels: Set<String>
    package var annotations: Set<String>

    package init(labels: Set<String> = [], annotations: Set<String> = []) {
      (self.labels, self.annotations) = (labels, annotations)
    }
  }

  /// Bytes of a value, at most. Kubernetes allows 63 for labels, and 256 KiB for all annotations of a pod, which its owner chooses.
  package static let maxLength = 1024

  package init() {}

  /// Keeps what `keys` name of all that a pod has. A longer value than `maxLength` is left out, as if the pod did not have it: what is left of
  /// one that was cut could be mistaken for another.
  package init(labels: [String: String], annotations: [String: String], keeping keys: Keys) {
    self.labels = Self.values(of: keys.labels, in: labels)
    self.annotations = Self.values(of: keys.annotations, in: annotations)
  }

  private static func values(of keys: Set<String>, in all: [String: String]) -> [String: String] {
    var values: [String: String] = [:]
    for key in keys {
      if let value = all[key], value.utf8.count <= maxLength { values[key] = value }
    }
    return values
  }
}
