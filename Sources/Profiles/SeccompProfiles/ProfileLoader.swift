/// What reads the file of a profile for a container, and gives it to the runtime. They differ in which keys they know.
package struct ProfileLoader: Equatable, Sendable {
  package enum Engine: String, CaseIterable, Sendable {
    /// Knows the keys of the OCI specification alone.
    case containerd
    /// Has containers/common read it, as Podman does.
    case crio
    /// Has moby/profiles read it.
    case docker
  }

  package var engine: Engine
  /// The capabilities that the container may have at most.
  package var capabilities: Set<String>
  /// The node's kernel.
  package var kernel: KernelVersion

  /// The capabilities are those of containers for which none are added or dropped.
  package init(_ engine: Engine, kernel: KernelVersion) {
    self.engine = engine
    self.kernel = kernel
    capabilities = Set(Self.always + (engine == .crio ? [] : Self.ofOthers)).reduce(into: []) {
      $0.insert("CAP_\($1)")
    }
  }

  // See: defaultUnixCaps() in containerd, DefaultCapabilities() in moby, default_capabilities in crio.conf(5)
  private static let always = [
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE", "KILL",
  ]
  private static let ofOthers = ["MKNOD", "NET_RAW", "SETFCAP", "SYS_CHROOT", "AUDIT_WRITE"]
}

/// The first two numbers of a kernel's version, by which profiles tell kernels apart.
package struct KernelVersion: Comparable, Sendable {
  package var major: Int
  package var minor: Int

  /// Reads a text such as `6.1` or `6.1.0-28-amd64`; nil if it does not begin with two numbers.
  package init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isWholeNumber }),
      major >= 0
    else { return nil }
    (self.major, self.minor) = (major, minor)
  }

  package static func < (first: KernelVersion, second: KernelVersion) -> Bool {
    (first.major, first.minor) < (second.major, second.minor)
  }
}
