/// A walk down a cgroup's path, from the root to the outermost container.
///
/// A name counts only where nobody but root or a container runtime can have made it. Forms of the CRI's runtimes:
///
///     SLICES/kubepods-burstable-pod<uid>.slice/cri-containerd-<id>.scope    containerd, systemd driver
///     SLICES/kubepods-pod<uid>.slice/crio-<id>.scope                        CRI-O, systemd driver
///     SLICES/kubepods-pod<uid>.slice/docker-<id>.scope                      cri-dockerd, systemd driver
///     PARENTS/kubepods/burstable/pod<uid>/<id>                              containerd and cri-dockerd, cgroupfs driver
///     PARENTS/kubepods/burstable/pod<uid>/crio-<id>                         CRI-O, cgroupfs driver
///     PARENTS/kubepods/pod<uid>/kata_<id>, /kata_overhead/<id>              Kata's sandbox: its virtual machine, its helpers
///     SLICES/cri-containerd-<id>.scope, /k8s.io/<id>                        pods made without a cgroup parent
///     SLICES/kubepods-pod<uid>.slice:cri-containerd:<id>                    drivers mixed, also below a service of containerd's
///     /../<id>, /../cri-containerd-<id>.scope                               seen from another container of the pod
///
/// and of others:
///
///     /docker/<id>, SLICES/docker-<id>.scope                                Docker
///     /ecs/<task>/<id>, /ecstasks.slice/ecstasks-<task>.slice/docker-<id>.scope    ECS
///     SLICES/libpod-<id>.scope, /libpod_parent/libpod-<id>                  Podman
///     SLICES/nerdctl-<id>.scope                                             nerdctl
///     /lxc.payload.<name>, /lxc.payload/<name>, /lxc/<name>                 LXC
///     /machine.slice/machine-<name>.scope/payload, /machine.slice/systemd-nspawn@<name>.service/payload
///
/// The walk ends at what systemd delegates (services, other scopes, all of user.slice) and at any other cgroup that carries 64 digits.
struct CgroupWalk {
  enum Step {
    /// Nothing yet: the path goes on.
    case next
    case found(ProcessOwner)
    /// Whatever follows may be anybody's.
    case end
  }

  /// The kind of the cgroup that the walk has come to.
  private enum Level {
    /// The root, or what `..` leads to, whose name is not known.
    case root, above
    case slice, podSlice
    /// A cgroup that root made by hand, such as the kubelet's cgroup root.
    case plain
    case kubepods, qualityOfService, pod
    /// A directory of containers whose names are their IDs.
    case containers
    /// Likewise, of a runtime without CRI.
    case foreign(ForeignContainer.Runtime)
    /// The service of a runtime, which makes cgroups beside itself.
    case runtimeService
    /// A machine of systemd's, which has its processes in `payload`.
    case machine(name: String)
  }

  private var level = Level.root
  private var isInECS = false

  /// Goes down to a component.
  mutating func enter(_ component: Substring) -> Step {
    let name = CgroupName(component)
    if component == ".." {
      level = .above
      return .next
    }
    switch level {
    case .root, .above, .slice, .podSlice, .plain: return enterOpen(name)
    case .kubepods:
      if component == "burstable" || component == "besteffort" { return go(.qualityOfService) }
      return name.isPod ? go(.pod) : .end
    case .qualityOfService: return name.isPod ? go(.pod) : .end
    case .pod:
      guard let id = name.id, !name.isScope, ["", "crio-", "cri-containerd-", "kata_"].contains(name.prefix)
      else { return .end }
      return .found(.container(id))
    case .containers:
      if component == "kubepods" { return go(.kubepods) }
      guard let id = name.id, name.prefix.isEmpty, !name.isScope else { return .end }
      return .found(.container(id))
    case .foreign(let runtime): return enter(name, of: runtime)
    case .runtimeService: return name.idOfMixedDrivers.map { .found(.container($0)) } ?? .end
    case .machine(let machine):
      return component == "payload" ? .found(.foreign(ForeignContainer(.nspawn, machine))) : .end
    }
  }

  private mutating func go(_ level: Level) -> Step {
    self.level = level
    return .next
  }

  /// Goes down from where only root and runtimes make cgroups.
  private mutating func enterOpen(_ name: CgroupName) -> Step {
    if name.id != nil { return container(name).map { .found($0) } ?? .end }
    if case .plain = level, name.isSlice || name.isUnit { return .end }
    if name.isSlice {
      guard name.text != "user.slice" else { return .end }
      if name.text.hasPrefix("ecstasks") { isInECS = true }
      return go(name.isPodSlice ? .podSlice : .slice)
    }
    if name.isUnit { return enterUnit(name) }
    if name.text == "kubepods" { return go(.kubepods) }
    guard isAtTop else { return go(.plain) }
    switch name.text {
    case "k8s.io", "kata_overhead": return go(.containers)
    case "docker": return go(.foreign(.docker))
    case "ecs": return go(.foreign(.ecs))
    case "libpod_parent": return go(.foreign(.podman))
    case "lxc", "lxc.payload": return go(.foreign(.lxc))
    // Of pam_cgfs, which gives them to users, and of libvirt.
    case "user", "machine", "lxc.monitor": return .end
    default: break
    }
    if name.text.hasPrefix("lxc.payload.") {
      return .found(.foreign(ForeignContainer(.lxc, String(name.text.dropFirst(12)))))
    }
    if name.text.hasPrefix("lxc.") { return .end }
    guard case .above = level else { return go(.plain) }
    // The kubelet's, seen from a pod.
    if name.text == "burstable" || name.text == "besteffort" { return go(.qualityOfService) }
    return go(name.isPod ? .pod : .plain)
  }

  private var isAtTop: Bool {
    switch level {
    case .root, .above: true
    default: false
    }
  }

  /// The owner of what ends with 64 digits; nil if it is not known as a container.
  private func container(_ name: CgroupName) -> ProcessOwner? {
    guard let id = name.id else { return nil }
    if case .plain = level { return nil }
    if name.idOfMixedDrivers != nil { return .container(id) }
    switch (name.prefix, level) {
    case ("cri-containerd-", _), ("crio-", _): return .container(id)
    case ("kata_", .podSlice), ("kata_", .above): return .container(id)
    case ("", .above): return name.isScope ? nil : .container(id)
    case ("docker-", .podSlice), ("docker-", .above): return name.isScope ? .container(id) : nil
    case ("docker-", _) where name.isScope:
      return .foreign(ForeignContainer(isInECS ? .ecs : .docker, "\(id)"))
    case ("libpod-", _) where name.isScope: return .foreign(ForeignContainer(.podman, "\(id)"))
    case ("nerdctl-", _) where name.isScope: return .foreign(ForeignContainer(.nerdctl, "\(id)"))
    default: return nil
    }
  }

  /// Goes down to a unit that is no slice.
  private mutating func enterUnit(_ name: CgroupName) -> Step {
    guard case .slice = level else { return .end }
    if RuntimeUnits.isContainerd(name.text) { return go(.runtimeService) }
    // A virtual machine is no container.
    if name.isScope, name.text.hasPrefix("machine-"), !name.text.hasPrefix("machine-qemu") {
      return go(.machine(name: String(name.prefix.dropFirst(8))))
    }
    if name.text.hasPrefix("systemd-nspawn@"), name.text.hasSuffix(".service") {
      return go(.machine(name: String(name.text.dropFirst(15).dropLast(8))))
    }
    return .end
  }

  /// Goes down in the directory of a runtime without CRI.
  private func enter(_ name: CgroupName, of runtime: ForeignContainer.Runtime) -> Step {
    switch runtime {
    case .lxc: return .found(.foreign(ForeignContainer(.lxc, String(name.text))))
    // Its tasks', and those of its clusters before them.
    case .ecs where name.id == nil && !name.isSlice && !name.isUnit: return .next
    default:
      guard let id = name.id, !name.isScope, name.prefix == (runtime == .podman ? "libpod-" : "") else {
        return .end
      }
      return .found(.foreign(ForeignContainer(runtime, "\(id)")))
    }
  }
}
