internal import EnrichedLog
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

  /// Reads the profiles of files, of which some may be bases of others. `name` and `namespace` replace those that the file's name and content
  /// give.
  package static func read(
    _ files: [String], name: String?, namespace: String?
  ) throws(InvalidProfile) -> [InstallableProfile] {
    var resources: [ProfileResource] = []
    for file in files { resources += try self.resources(of: file) }
    guard resources.count == 1 || name == nil else {
      throw InvalidProfile(
        file: files.map(\.escaped).joined(separator: ", "),
        reason: "this has \(resources.count) profiles, which cannot all have the name of --name")
    }
    var profiles: [InstallableProfile] = []
    for resource in try ProfileResource.merged(resources) {
      profiles.append(try InstallableProfile(resource, name: name, namespace: namespace))
    }
    return profiles
  }

  private static func resources(of file: String) throws(InvalidProfile) -> [ProfileResource] {
    let text: String
    do { text = try SmallFile.read(file, maxCount: Self.maxCount) } catch {
      throw InvalidProfile(
        file: file.escaped, reason: "cannot be read: \(String(describing: error).lowercased())")
    }
    return try ProfileResource.all(Array(text.utf8).span, file: file.escaped)
  }

  private init(_ resource: ProfileResource, name: String?, namespace: String?) throws(InvalidProfile) {
    profile = resource.profile
    let file = resource.file
    let wanted = (name ?? resource.name ?? Self.name(ofFile: file), namespace ?? resource.namespace)
    guard let path = ProfilePath(name: wanted.0, namespace: wanted.1) else {
      throw InvalidProfile(
        file: file,
        reason:
          "'\((wanted.1.map { "\($0)/" } ?? "") + wanted.0)' is no name that Kubernetes allows (see --name and --namespace)"
          .escaped)
    }
    self.path = path
    remarks = try CompiledProfile(profile, file: file).remarks(on: profile, loaded: profile)
  }

  private static func name(ofFile file: String) -> String {
    let name = String(file.split(separator: "/").last ?? "")
    let suffix = [".json", ".yaml", ".yml"].first(where: name.hasSuffix) ?? ""
    return String(name.dropLast(suffix.count))
  }
}
