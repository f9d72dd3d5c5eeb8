internal import EnrichedLog
internal import JSONText
internal import LinuxSystem
internal import ProfileCompiler
package import SeccompProfiles

/// A profile of a file that runtimes accept.
package struct InstallableProfile: Sendable {
  package let path: ProfilePath
  package let profile: SeccompProfile
  /// What a person should know of it.
  package let remarks: [String]

  /// The file that runtimes read.
  package var text: String { profile.json.pretty }

  /// Larger than any profile.
  private static let maxCount = 1 << 24

  /// Reads the profiles of a file. `name` and `namespace` replace those that the file's name and content give.
  package static func read(
    _ file: String, name: String?, namespace: String?
  ) throws(InvalidProfile) -> [InstallableProfile] {
    let text: String
    do { text = try SmallFile.read(file, maxCount: Self.maxCount) } catch {
      throw InvalidProfile(
        file: file.escaped, reason: "cannot be read: \(String(describing: error).lowercased())")
    }
    let documents = try SeccompProfile.documents(Array(text.utf8).span, file: file.escaped)
    guard documents.count == 1 || name == nil else {
      throw InvalidProfile(
        file: file.escaped,
        reason: "this has \(documents.count) profiles, which cannot all have the name of --name")
    }
    var profiles: [InstallableProfile] = []
    for root in documents {
      profiles.append(try InstallableProfile(root, file: file, name: name, namespace: namespace))
    }
    return profiles
  }

  private init(_ root: JSONNode, file: String, name: String?, namespace: String?) throws(InvalidProfile) {
    profile = try SeccompProfile(root, file: file.escaped)
    let names = SecurityProfile.names(of: root)
    let wanted = (name ?? names.name ?? Self.name(ofFile: file), namespace ?? names.namespace)
    guard let path = ProfilePath(name: wanted.0, namespace: wanted.1) else {
      throw InvalidProfile(
        file: file.escaped,
        reason:
          "'\((wanted.1.map { "\($0)/" } ?? "") + wanted.0)' is no name that Kubernetes allows (see --name and --namespace)"
          .escaped)
    }
    self.path = path
    remarks = try CompiledProfile(profile, file: file.escaped).remarks(on: profile, loaded: profile)
  }

  private static func name(ofFile file: String) -> String {
    let name = String(file.split(separator: "/").last ?? "")
    let suffix = [".json", ".yaml", ".yml"].first(where: name.hasSuffix) ?? ""
    return String(name.dropLast(suffix.count))
  }
}
