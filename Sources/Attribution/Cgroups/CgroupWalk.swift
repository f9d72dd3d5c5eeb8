/// Walks down a cgroup's path, from the root to the outermost container.
///
/// A name counts only if root and container runtimes alone can have created it. The forms of the CRI's runtimes:
///
///     SLICES/kubepods-burstable-pod<uid>.slice/cri-containerd-<id>.scope    containerd, systemd driver
///     SLICES/kubepods-pod<uid>.slice/crio-<id>.scope                        CRI-O, systemd driver
///     SLICES/kubepods-pod<uid>.slice/docker-<id>.scope                      cri-dockerd, systemd driver
///     PARENTS/kubepods/burstable/pod<uid>/<id>                              containerd and cri-dockerd, cgroupfs driver
///     PARENTS/kubepods/burstable/pod<uid>/crio-<id>                         CRI-O, cgroupfs driver
///     PARENTS/kubepods/pod<uid>/kata_<id>, /kata_overhead/<id>              Kata's sandbox: its virtual machine, its helpers
///     SLICES/cri-containerd-<id>.scope, /k8s.io/<id>                        pods created without a cgroup parent
///     PARENTS/kubepods-pod<uid>.slice:cri-containerd:<id>                   drivers mixed, also below a service of containerd's
///     /../<id>, /../cri-containerd-<id>.scope                               seen from another container of the pod
///
/// The forms of other runtimes:
///
///     /docker/<id>, SLICES/docker-<id>.scope, /docker/buildx/<id>           Docker
///     /../docker-<id>.scope                                                 the same, seen from another container of Docker's
///     /docker/buildkit/<build>, SLICES/system.slice:docker:<build>          a step of a build by Docker, also below Docker's service
///     /ecs/<task>/<id>, /ecstasks.slice/ecstasks-<task>.slice/docker-<id>.scope    ECS
///     SLICES/libpod-<id>.scope, /libpod_parent/libpod-<id>                  Podman
///     /libpod_parent/<pod>/libpod-<id>                                      Podman's pods, cgroupfs driver
///     SLICES/nerdctl-<id>.scope                                             nerdctl
///     /lxc.payload.<name>, /lxc.payload/<name>, /lxc/<name>                 LXC
///     /machine.slice/machine-<name>.scope/payload, /machine.slice/systemd-nspawn@<name>.service/payload
///
/// The walk ends at cgroups that systemd delegates (services, other scopes, all of user.slice), and at any other name with 64 digits.
struct CgroupWalk {
  enum Step {
    /// No container was found yet; the walk continues.
    case next
    case found(ProcessOwner)
    /// The walk ends: any user may have created the cgroups that follow.
    case end
  }

  /// The kind of the current cgroup.
  private enum Level {
    /// The root, or the cgroup that `..` leads to, whose name is unknown.
    case root, above
    case slice, podSlice
    /// A cgroup that root created manually, such as the kubelet's cgroup root.
    case plain
    case kubepods, qualityOfService, pod
    /// A parent of containers whose names are their IDs.
    case containers
    /// The same for a runtime without CRI.
    case foreign(ForeignContainer.Runtime)
    /// The service of containerd, below which containers may be if the cgroup drivers are mixed.
    case runtimeService
    /// The service of Docker, below which its BuildKit's steps may be.
    case dockerService
    /// A machine of systemd, whose processes are in `payload`.
    case machine(name: String)
  }

  private var level = Level.root
  private var isInECS = false

  /// Moves on to the next component.
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
    case .dockerService:
      if component == "buildkit" { return go(.foreign(.docker)) }
      return name.idOfDockerBuild.map { .found(.foreign(ForeignContainer(.docker, String($0)))) } ?? .end
    case .machine(let machine):
      return component == "payload" ? .found(.foreign(ForeignContainer(.nspawn, machine))) : .end
    }
  }

  private mutating func go(_ level: Level) -> Step {
    self.level = level
    return .next
  }

  /// Moves on from a cgroup below which only root and runtimes create cgroups.
  private mutating func enterOpen(_ name: CgroupName) -> Step {
    if name.id != nil { return container(name).map { .found($0) } ?? .end }
    if case .plain = level {
      if name.isSlice || name.isUnit { return .end }
    } else if let id = name.idOfDockerBuild {
      return .found(.foreign(ForeignContainer(.docker, String(id))))
    }
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
    // These cgroups belong to pam_cgfs, which gives them to users, and to libvirt.
    case "user", "machine", "lxc.monitor": return .end
    default: break
    }
    if name.text.hasPrefix("lxc.payload.") {
      return .found(.foreign(ForeignContainer(.lxc, String(name.text.dropFirst(12)))))
    }
    if name.text.hasPrefix("lxc.") { return .end }
    guard case .above = level else { return go(.plain) }
    // The kubelet's cgroups, as seen from a pod.
    if name.text == "burstable" || name.text == "besteffort" { return go(.qualityOfService) }
    return go(name.isPod ? .pod : .plain)
  }

  private var isAtTop: Bool {
    switch level {
    case .root, .above: true
    default: false
    }
  }

  /// The owner of a cgroup whose name ends with 64 digits; nil if the name is not known as a container's.
  private func container(_ name: CgroupName) -> ProcessOwner? {
    guard let id = name.id else { return nil }
    if name.idOfMixedDrivers != nil { return .container(id) }
    if case .plain = level { return nil }
    switch (name.prefix, level) {
    case ("cri-containerd-", _), ("crio-", _): return .container(id)
    case ("kata_", .podSlice), ("kata_", .above): return .container(id)
    case ("", .above): return name.isScope ? nil : .container(id)
    case ("docker-", .podSlice): return name.isScope ? .container(id) : nil
    case ("docker-", _) where name.isScope:
      return .foreign(ForeignContainer(isInECS ? .ecs : .docker, "\(id)"))
    case ("libpod-", _) where name.isScope: return .foreign(ForeignContainer(.podman, "\(id)"))
    case ("nerdctl-", _) where name.isScope: return .foreign(ForeignContainer(.nerdctl, "\(id)"))
    default: return nil
    }
  }

  /// Moves on to a unit other than a slice.
  private mutating func enterUnit(_ name: CgroupName) -> Step {
    guard case .slice = level else { return .end }
    if RuntimeUnits.isContainerd(name.text) { return go(.runtimeService) }
    if RuntimeUnits.isDocker(name.text) { return go(.dockerService) }
    // A virtual machine is not a container.
    if name.isScope, name.text.hasPrefix("machine-"), !name.text.hasPrefix("machine-qemu") {
      return go(.machine(name: String(name.prefix.dropFirst(8))))
    }
    if name.text.hasPrefix("systemd-nspawn@"), name.text.hasSuffix(".service") {
      return go(.machine(name: String(name.text.dropFirst(15).dropLast(8))))
    }
    return .end
  }

  /// Moves on below the parent cgroup of a runtime without CRI.
  private func enter(_ name: CgroupName, of runtime: ForeignContainer.Runtime) -> Step {
    switch runtime {
    case .lxc: return .found(.foreign(ForeignContainer(.lxc, String(name.text))))
    // The cgroup of a task, or of its cluster.
    case .ecs where name.id == nil && !name.isSlice && !name.isUnit: return .next
    // The cgroup of a pod.
    case .podman where name.id != nil && name.prefix.isEmpty && !name.isScope: return .next
    // The parents of the builds' steps and of the containers in which buildx runs BuildKit.
    case .docker where name.text == "buildkit" || name.text == "buildx": return .next
    case .docker where name.isBuildID:
      return .found(.foreign(ForeignContainer(.docker, String(name.text))))
    default:
      guard let id = name.id, !name.isScope, name.prefix == (runtime == .podman ? "libpod-" : "") else {
        return .end
      }
      return .found(.foreign(ForeignContainer(runtime, "\(id)")))
    }
  }
}
