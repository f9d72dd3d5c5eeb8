internal import EnrichedLog
package import SeccompProfiles

/// The form of profiles in files.
package struct ProfileOutput: Sendable {
  package enum Format: String, CaseIterable, Sendable {
    /// What container runtimes read.
    case json
    /// The resource of the Security Profiles Operator.
    case yaml
    /// That, and the resource that gives the profile to an image's containers.
    case binding
    /// The names of the allowed syscalls, one on each line.
    case names

    package var suffix: String {
      switch self {
      case .json: ".json"
      case .yaml, .binding: ".yaml"
      case .names: ".txt"
      }
    }

    /// Whether a file can have several profiles.
    package var isStream: Bool { self == .yaml || self == .binding }
  }

  package var format = Format.json
  package var version = SecurityProfile.Version.v1beta1
  /// The resource's name, if it is not made of the container's.
  package var name: String?
  /// The image of a binding where the input has none.
  package var image: String?
  /// Whether the profile is one list without comments.
  package var isPlain = false

  package init() {}

  /// A binding needs the image that its profile is for.
  package struct NoImage: Error, CustomStringConvertible, Sendable {
    package var description: String
  }

  /// The text of one profile.
  package func text(of made: ProfileMaker.Made) throws(NoImage) -> String {
    let profile = made.draft.profile(withComments: !isPlain)
    return switch format {
    case .json: profile.json.pretty
    case .yaml: resource(of: made, profile).yaml
    case .binding: try bound(resource(of: made, profile), to: made.container)
    case .names: Set(profile.syscalls.flatMap(\.names)).sorted().map { "\($0)\n" }.joined()
    }
  }

  private func bound(
    _ resource: SecurityProfile, to container: RecordedContainer
  ) throws(NoImage) -> String {
    let images = container.images.sorted()
    guard let image = images.first ?? image, images.count < 2 else {
      let names =
        images.isEmpty
        ? "no image is known" : "it has the images \(images.map(\.printable).joined(separator: ", "))"
      throw NoImage(description: "no binding for \(container.printableName): \(names) (see --image)")
    }
    var binding = ProfileBinding(name: resource.name, namespace: resource.namespace, image: image)
    binding.version = version
    return resource.yaml + "---\n" + binding.yaml
  }

  private func resource(of made: ProfileMaker.Made, _ profile: SeccompProfile) -> SecurityProfile {
    let container = made.container
    var resource = SecurityProfile(name: name ?? Self.name(of: container), profile: profile)
    resource.version = version
    guard container.instanceCount > 0 else { return resource }
    if let namespace = container.namespace { resource.namespace = namespace }
    if container.path.count > 1, let name = container.path.last, Self.isLabel(name) {
      resource.labels["spo.x-k8s.io/container-id"] = name
    }
    guard !isPlain else { return resource }
    resource.annotations[SyscallCoverage.annotation] = container.coverage.json.compact
    resource.annotations["audit-enricher/recorded"] =
      ([container.extent] + [container.period].compactMap(\.self)).joined(separator: ", ")
    if !container.gaps.isEmpty {
      resource.annotations["audit-enricher/incomplete"] = container.gaps.joined(separator: ", ")
    }
    return resource
  }

  /// A name that Kubernetes allows, made of the container's names. The namespace is part of it, for profiles belong to no namespace.
  private static func name(of container: RecordedContainer) -> String {
    let joined = container.path.filter { !$0.isEmpty }.joined(separator: "-").lowercased()
    let allowed = joined.utf8.prefix(253).map { byte in
      (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) ? byte : UInt8(ascii: "-")
    }
    let name = allowed.drop { $0 == UInt8(ascii: "-") }.reversed().drop { $0 == UInt8(ascii: "-") }.reversed()
    return name.isEmpty ? "profile" : String(decoding: name, as: UTF8.self)
  }

  /// Whether Kubernetes allows a text as the value of a label.
  private static func isLabel(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9_.\-]{0,61}[A-Za-z0-9])?/) != nil
  }
}

extension RecordedContainer {
  fileprivate var coverage: SyscallCoverage {
    SyscallCoverage(total: instanceCount, syscalls: seen.mapValues(\.count))
  }
}
