/// The systemd units of container runtimes. Outside of user.slice, only root can create a unit with such a name.
package enum RuntimeUnits {
  /// The units whose processes start containers.
  private static let all = containerd.union(docker).union(["crio.service", "cri-docker.service"])

  private static let containerd: Set<String> = [
    "containerd.service", "k3s.service", "k0scontroller.service", "k0sworker.service",
    "snap.microk8s.daemon-containerd.service", "snap.k8s.containerd.service",
    "snap.eks.daemon-containerd.service",
  ]

  private static let docker: Set<String> = ["docker.service", "snap.docker.dockerd.service"]

  static func isDocker(_ unit: Substring) -> Bool { docker.contains(String(unit)) }

  /// Whether the unit runs a containerd that may serve the CRI.
  static func isContainerd(_ unit: Substring) -> Bool {
    guard unit.hasSuffix(".service") else { return false }
    return hasOwnName(unit) || containerd.contains(String(unit))
  }

  /// Whether the unit's processes start containers.
  package static func startsContainers(_ unit: String) -> Bool { all.contains(unit) || hasOwnName(unit) }

  /// The installer of k3s appends a name that the user chooses.
  private static func hasOwnName(_ unit: some StringProtocol) -> Bool {
    unit.hasPrefix("k3s-") || unit.hasPrefix("rke2-")
  }
}
