/// The labels and annotations of a pod that a selector needs.
package struct PodMetadata: Hashable, Sendable {
  package private(set) var labels: [String: String] = [:]
  package private(set) var annotations: [String: String] = [:]

  /// The keys that a selector needs.
  package struct Keys: Hashable, Sendable {
    package var labels: Set<String>
    package var annotations: Set<String>
    /// How further annotations begin.
    package var annotationPrefixes: Set<String>
    /// Whether all labels are needed, or at least the first `maxLabels`. Of all containers they need too much memory to be kept.
    package var hasAllLabels = false

    package init(
      labels: Set<String> = [], annotations: Set<String> = [], annotationPrefixes: Set<String> = []
    ) {
      (self.labels, self.annotations) = (labels, annotations)
      self.annotationPrefixes = annotationPrefixes
    }

    /// All labels and annotations, as far as there are not too many.
    package static var all: Keys {
      var keys = Keys(annotationPrefixes: [""])
      keys.hasAllLabels = true
      return keys
    }

    package mutating func formUnion(_ other: Keys) {
      labels.formUnion(other.labels)
      annotations.formUnion(other.annotations)
      annotationPrefixes.formUnion(other.annotationPrefixes)
      hasAllLabels = hasAllLabels || other.hasAllLabels
    }
  }

  /// The maximum size of a value in bytes. Kubernetes allows 63 for labels, and 256 KiB for all annotations of a pod, which its
  /// owner chooses.
  package static let maxLength = 1024

  /// The maximum of annotations with a prefix.
  package static let maxPrefixed = 64

  /// The maximum of labels that no key names. Real pods have some ten.
  package static let maxLabels = 32

  package init() {}

  /// Keeps the values of `keys`. A value longer than `maxLength` is omitted, as if the pod did not have it: a truncated value
  /// could be mistaken for another one.
  package init(labels: [String: String], annotations: [String: String], keeping keys: Keys) {
    self.labels = Self.values(of: keys.labels, in: labels)
    if keys.hasAllLabels {
      let some = Set(labels.keys.sorted().prefix(Self.maxLabels))
      self.labels.merge(Self.values(of: some, in: labels)) { $1 }
    }
    self.annotations = Self.values(of: keys.annotations, in: annotations)
    guard !keys.annotationPrefixes.isEmpty else { return }
    let prefixed = annotations.keys.filter { key in keys.annotationPrefixes.contains(where: key.hasPrefix) }
    let some = Set(prefixed.sorted().prefix(Self.maxPrefixed))
    self.annotations.merge(Self.values(of: some, in: annotations)) { $1 }
  }

  private static func values(of keys: Set<String>, in all: [String: String]) -> [String: String] {
    var values: [String: String] = [:]
    for key in keys {
      if let value = all[key], key.utf8.count <= maxLength, value.utf8.count <= maxLength {
        values[key] = value
      }
    }
    return values
  }
}
