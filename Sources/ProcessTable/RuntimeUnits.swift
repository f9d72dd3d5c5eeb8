/// The systemd units of container runtimes. Only root can make a unit of such a name, outside of user.slice.
enum RuntimeUnits {
  /// Those whose processes start containers.
  static let all: Set<String> = containerd.union(["crio.service", "docker.service", "cri-docker.service"])

  private static let containerd: Set<String> = [
    "containerd.service", "k3s.service", "k0scontroller.service", "k0sworker.service",
    "snap.microk8s.daemon-containerd.service",
  ]

  /// Whether a containerd runs in it that may serve the CRI.
  static func isContainerd(_ unit: Substring) -> Bool {
    guard unit.hasSuffix(".service") else { return false }
    // k3s' installer puts a name of the user's choice behind it.
    return containerd.contains(String(unit)) || unit.hasPrefix("k3s-") || unit.hasPrefix("rke2-")
  }

  /// Whether its processes start containers.
  static func startsContainers(_ unit: String) -> Bool { all.contains(unit) || isContainerd(unit[...]) }
}
