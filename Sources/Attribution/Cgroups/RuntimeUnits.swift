/// The systemd units of container runtimes. Only root can make a unit of such a name, outside of user.slice.
package enum RuntimeUnits {
  /// Those whose processes start containers.
  private static let all = containerd.union(["crio.service", "docker.service", "cri-docker.service"])

  private static let containerd: Set<String> = [
    "containerd.service", "k3s.service", "k0scontroller.service", "k0sworker.service",
    "snap.microk8s.daemon-containerd.service",
  ]

  /// Whether a containerd runs in it that may serve the CRI.
  static func isContainerd(_ unit: Substring) -> Bool {
    guard unit.hasSuffix(".service") else { return false }
    return hasOwnName(unit) || containerd.contains(String(unit))
  }

  /// Whether its processes start containers.
  package static func startsContainers(_ unit: String) -> Bool { all.contains(unit) || hasOwnName(unit) }

  /// k3s' installer puts a name behind it that whoever installs it chooses.
  private static func hasOwnName(_ unit: some StringProtocol) -> Bool {
    unit.hasPrefix("k3s-") || unit.hasPrefix("rke2-")
  }
}
