/// The unix socket where a container runtime serves the CRI.
package struct RuntimeEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// The socket's path.
  package let path: String

  package init(path: String) { self.path = path }

  /// Parses `unix:///run/containerd/containerd.sock`; nil for any other form.
  package init?(url: String) {
    guard url.hasPrefix("unix:///"), url.utf8.count > 8, !url.utf8.contains(0),
      // The path in sun_path has at most 107 bytes, and a NUL.
      url.utf8.count - 7 < 108
    else { return nil }
    path = String(url.dropFirst(7))
  }

  package var description: String { "unix://\(path)" }

  /// The default sockets of containerd, CRI-O and cri-dockerd, and those of the containerd of k3s and RKE2, of k0s and of MicroK8s.
  package static let wellKnown = [
    RuntimeEndpoint(path: "/run/containerd/containerd.sock"),
    RuntimeEndpoint(path: "/run/crio/crio.sock"),
    RuntimeEndpoint(path: "/run/cri-dockerd.sock"),
    RuntimeEndpoint(path: "/run/k3s/containerd/containerd.sock"),
    RuntimeEndpoint(path: "/run/k0s/containerd.sock"),
    RuntimeEndpoint(path: "/var/snap/microk8s/common/run/containerd.sock"),
  ]
}
