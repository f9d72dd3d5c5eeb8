import ArgumentParser
import ProfileInstallation
import ServiceLog

struct InstallProfile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks seccomp profiles, and puts them where the kubelet looks for them.",
    discussion:
      "A profile becomes operator/[NAMESPACE/]NAME.json below the kubelet's directory, as with the Security Profiles Operator. Its name is that of the file or, in a SeccompProfile, the one that it states. The path that a pod has to name is shown."
  )

  @Argument(
    help: ArgumentHelp(
      "Profiles of container runtimes, or SeccompProfiles as 'kubectl get -o yaml' shows them, one or a list.",
      valueName: "file"),
    completion: .file())
  var files: [String]

  @Option(help: ArgumentHelp("The kubelet's directory.", valueName: "directory"), completion: .directory)
  var root = "/var/lib/kubelet/seccomp"

  @Option(
    help: ArgumentHelp("The directory's name below operator/. (default: that of a SeccompProfile, else none)")
  )
  var namespace: String?

  @Option(help: ArgumentHelp("The profile's name, if only one is installed."))
  var name: String?

  @Flag(help: "Remove the profiles of these names instead.")
  var remove = false

  func validate() throws {
    if name != nil, files.count > 1 || remove {
      throw ValidationError("--name is for one file")
    }
  }

  func run() async throws {
    if remove {
      try await removeAll()
    } else {
      try await install()
    }
  }

  private func install() async throws {
    // All of them are checked before one is written.
    let found = try await failing {
      try InstallableProfile.read(files, name: name, namespace: namespace)
    }
    var paths: Set<String> = []
    for profile in found {
      for remark in profile.remarks { StandardError.write("\(profile.path): \(remark)") }
      guard paths.insert("\(profile.path)").inserted else {
        throw Failed(message: "two of the profiles would become \(profile.path)")
      }
    }
    try await failing {
      let directory = try ProfileDirectory(root: root)
      for profile in found { try directory.write(profile.text, to: profile.path) }
    }
    try AuditEnricher.show(found.map { "localhostProfile: \($0.path)" }.joined(separator: "\n"))
  }

  private func removeAll() async throws {
    var paths: [ProfilePath] = []
    for name in files {
      guard let path = ProfilePath(name: name, namespace: namespace) else {
        throw ValidationError(
          "'\(name)' is no name of a profile: with --remove, names are given and no files")
      }
      paths.append(path)
    }
    let found = paths
    try await failing {
      let directory = try ProfileDirectory(root: root)
      for path in found { try directory.remove(path) }
    }
  }
}
