internal import JSONText

/// A ProfileBinding of the Security Profiles Operator: which image runs under a profile.
package struct ProfileBinding: Equatable, Sendable {
  package static let kind = "ProfileBinding"

  /// The version of the profile's API; the binding has one of its own.
  package var version = SecurityProfile.Version.v1beta1
  /// The profile's name, which is also that of the binding.
  package var name: String
  /// The namespace of the pods.
  package var namespace: String?
  /// The image as pods name it, or `*` for all.
  package var image: String

  package init(name: String, namespace: String?, image: String) {
    self.name = name
    self.namespace = namespace
    self.image = image
  }

  /// The resource as YAML. All texts are in quotes, so that none can end its value or begin a document.
  package var yaml: String {
    let metadata = namespace.map { "\n  namespace: \($0.quotedForJSON)" } ?? ""
    return """
      apiVersion: security-profiles-operator.x-k8s.io/\(version == .v1 ? "v1" : "v1alpha1")
      kind: \(Self.kind)
      metadata:
        name: \(name.quotedForJSON)\(metadata)
      spec:
        profileRef:
          kind: \(SecurityProfile.kind)
          name: \(name.quotedForJSON)
        image: \(image.quotedForJSON)

      """
  }
}
