import Cgroups
import Testing

@Suite struct CgroupPathTests {
  static let id = String(repeating: "4f0c", count: 16)
  static let other = String(repeating: "1e2d", count: 16)
  static let uid = "6c5ff6f3-5bd1-4d54-9a5d-7f1ac8d5e6ea"
  static let slice = "kubepods-burstable-pod6c5ff6f3_5bd1_4d54_9a5d_7f1ac8d5e6ea.slice"

  private func podContainer(in path: String) -> ContainerID? {
    if case .container(let id) = CgroupPath.container(in: path) { id } else { nil }
  }

  @Test(
    "Each form of a container's cgroup is recognized",
    arguments: [
      "/kubepods.slice/kubepods-burstable.slice/\(slice)/cri-containerd-\(id).scope",
      "/kubepods.slice/kubepods-pod6c5ff6f3_5bd1.slice/crio-\(id).scope",
      "/kubepods.slice/kubepods-pod6c5ff6f3_5bd1.slice/docker-\(id).scope",
      "/kubepods/burstable/pod\(uid)/\(id)", "/kubepods/pod\(uid)/\(id)",
      "/kubepods/burstable/pod\(uid)/crio-\(id)",
      "/system.slice/cri-containerd-\(id).scope", "/k8s.io/\(id)",
      "/../\(id)", "/../cri-containerd-\(id).scope", "/../../\(slice)/docker-\(id).scope",
      "/../../\(slice)/cri-containerd-\(id).scope", "/../../../besteffort/pod\(uid)/\(id)",
      "/../../pod\(uid)/\(id)",
      // The UID of a static pod is a hash. kind, and a kubelet with a cgroup root, have further parents.
      "/kubepods/pod0123456789abcdef0123456789abcdef/\(id)",
      "/kubelet.slice/kubelet-kubepods.slice/kubelet-\(slice)/cri-containerd-\(id).scope",
      "/kubelet/kubepods/besteffort/pod\(uid)/\(id)", "/cri-containerd-\(id).scope",
      "/some/root/kubepods/pod\(uid)/\(id)", "/runtime.slice/kubepods/burstable/pod\(uid)/\(id)",
    ])
  func known(path: String) { #expect(podContainer(in: path) == ContainerID(Self.id)) }

  @Test(
    "If the drivers of containerd and the kubelet differ, the cgroup is next to or below the runtime's own, wherever that is",
    arguments: [
      "", "/system.slice", "/runtime.slice", "/podruntime.slice/podruntime-containerd.slice",
      "/system.slice/containerd.service", "/podruntime.slice/containerd.service", "/system.slice/k3s.service",
      "/system.slice/k3s-agent.service", "/system.slice/rke2-server.service",
      "/system.slice/k0sworker.service",
      "/system.slice/snap.microk8s.daemon-containerd.service", "/system.slice/snap.k8s.containerd.service",
      "/system.slice/snap.eks.daemon-containerd.service", "/../..", "/foo", "/podruntime/runtime",
      "/system.slice/foo",
    ])
  func mixedDrivers(parent: String) {
    #expect(podContainer(in: "\(parent)/\(Self.slice):cri-containerd:\(Self.id)") == ContainerID(Self.id))
  }

  @Test(
    "The cgroups of a Kata sandbox, for its virtual machine and its helpers, belong to its pod",
    arguments: [
      "/kubepods/pod\(uid)/kata_\(id)", "/kubepods.slice/\(slice)/kata_\(id)", "/kata_overhead/\(id)",
      "/kata_overhead/kubepods/burstable/pod\(uid)/\(id)",
    ])
  func kata(path: String) { #expect(podContainer(in: path) == ContainerID(Self.id)) }

  @Test(
    "Of nested containers the outermost counts, whatever their runtimes are",
    arguments: [
      "/kubelet.slice/kubelet-kubepods.slice/kubelet-\(slice)/cri-containerd-\(id).scope",
      "/kubelet/kubepods/besteffort/pod\(uid)/\(id)", "/k8s.io/\(id)", "/\(slice):cri-containerd:\(id)",
      "/..",
    ])
  func outermost(inner: String) throws {
    let docker = ProcessOwner.foreign(ForeignContainer(.docker, Self.other))
    #expect(CgroupPath.container(in: "/docker/\(Self.other)\(inner)") == docker)
    #expect(CgroupPath.container(in: "/system.slice/docker-\(Self.other).scope\(inner)") == docker)
    let lxc = ProcessOwner.foreign(ForeignContainer(.lxc, "c1"))
    #expect(CgroupPath.container(in: "/lxc.payload.c1\(inner)") == lxc)
    let pod = "/kubepods/pod\(Self.uid)/\(Self.other)"
    #expect(podContainer(in: "\(pod)\(inner)") == ContainerID(Self.other))
    #expect(podContainer(in: "\(pod)/docker/\(Self.id)") == ContainerID(Self.other))
  }

  @Test(
    "A cgroup below a container's cgroup belongs to the container, whatever its name is",
    arguments: [
      "", "/init.scope", "/system.slice/nginx.service", "/user.slice/a.service", "/\(other)",
      "/pod\(uid)/\(other)", "/kubepods.slice/\(slice)/cri-containerd-\(other).scope",
      "/k8s.io/\(other)", "/a b:c", "/..",
    ])
  func nested(below: String) {
    let systemd = "/kubepods.slice/\(Self.slice)/cri-containerd-\(Self.id).scope\(below)"
    let cgroupfs = "/kubepods/pod\(Self.uid)/\(Self.id)\(below)"
    #expect(podContainer(in: systemd) == ContainerID(Self.id))
    #expect(podContainer(in: cgroupfs) == ContainerID(Self.id))
  }

  @Test(
    "Below a cgroup of a user or of another runtime's container, no name is a pod's container",
    arguments: [
      "/machine.slice/libpod-\(other).scope/container", "/system.slice/docker-\(other).scope",
      "/machine.slice/machine-x.scope/payload", "/machine.slice/machine-x.scope", "/lxc.payload.c1",
      "/lxc/c1",
      "/lxc.monitor.c1", "/docker/\(other)", "/docker/buildx", "/ecs/4b1e/\(other)",
      "/libpod_parent/libpod-\(other)",
      "/libpod_parent/conmon", "/system.slice/run-u1.scope", "/system.slice/x.service", "/init.scope",
      "/user.slice/user-1000.slice/session-1.scope", "/user.slice", "/user/alice/0",
      "/machine/vm.libvirt-lxc",
      "/user.slice/user-1000.slice/user@1000.service/k3s.service",
      "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(other).scope",
      "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "/system.slice/crio-conmon-\(other).scope",
      "/a/\(other)",
      "/a.slice/a-b.service/c.slice", "/some/containerd.service", "/system.slice/containerd.service/x.slice",
      "/system.slice/docker.service", "/system.slice/my-containerd.service", "/a/system.slice",
    ])
  func delegated(base: String) {
    for inner in [
      "x.slice/cri-containerd-\(Self.id).scope", "kubepods-pod11111111.slice/crio-\(Self.id).scope",
      "k8s.io/\(Self.id)", "kubepods/pod\(Self.uid)/\(Self.id)", "pod\(Self.uid)/\(Self.id)",
      "kubepods/pod\(Self.uid)/kata_\(Self.id)", "kata_overhead/\(Self.id)", "crio-\(Self.id).scope",
      "x/\(Self.slice):cri-containerd:\(Self.id)",
      "containerd.service/\(Self.slice):cri-containerd:\(Self.id)",
    ] {
      #expect(podContainer(in: "\(base)/\(inner)") == nil, "\(inner)")
    }
  }

  @Test(
    "Below a cgroup that may be delegated, a name of mixed drivers is not a container",
    arguments: [
      "/system.slice/x.service", "/system.slice/run-u1.scope", "/lxc.payload.c1", "/docker/\(other)",
      "/foo/x.service",
      "/foo/x.slice", "/user/alice/0", "/user.slice/foo", "/system.slice/x.service/foo",
      "/system.slice/x.service/containerd.service", "/user.slice/user-1000.slice/user@1000.service",
      "/system.slice/containerd.service/x", "/system.slice/crio.service", "/containerd.service",
    ])
  func mixedDriversOfUsers(parent: String) {
    #expect(podContainer(in: "\(parent)/\(Self.slice):cri-containerd:\(Self.id)") == nil)
  }

  @Test(
    "A cgroup that other programs can create is not a pod's container",
    arguments: [
      "/user.slice/kubepods/pod\(uid)/\(id)", "/\(id)", "/foo/\(id)", "/system.slice/docker-\(id).scope",
      "/docker/\(id)", "/machine.slice/libpod-\(id).scope", "/system.slice/libpod-conmon-\(id).scope",
      "/foo/cri-containerd-\(id).scope", "/foo/crio-\(id)", "/kubepods/pod123/\(id)",
      "/kubepods/podpod!\(uid)/\(id)", "/kubepods/\(uid)/\(id)", "/kubepods/\(id)",
      "/kubepods/pod\(uid)/\(id).scope", "/kubepods/pod\(uid)/docker-\(id)", "/pod\(uid)/\(id)",
      "/kubepods/pod\(uid)/x-\(id)", "/kubepods.slice/\(slice)/xcri-containerd-\(id).scope",
      "/kubepods.slice/\(slice)/cri-containerd-\(id)0.scope",
      "/kubepods.slice/\(slice)/cri-containerd-\(id.dropLast()).scope",
      "/kubepods.slice/\(slice)/cri-containerd-\(id.uppercased()).scope",
      "/system.slice/system-podruntime.slice/docker-\(id).scope",
      "/system.slice/x.slice:cri-containerd:\(id)",
      "/k8s.io/cri-containerd/\(id)", "", "/", "/kubepods.slice/\(slice)", "/kubepods/pod\(uid)",
    ])
  func impostors(path: String) { #expect(podContainer(in: path) == nil) }

  @Test(
    "A process of the host has the unit that ps shows",
    arguments: [
      ("/system.slice/sshd.service", "sshd.service"), ("/init.scope", "init.scope"), ("/", nil),
      ("/foo", nil), ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
      ("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "user@1000.service"),
      ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
      ("/system.slice/_cpu.service", "cpu.service"), ("/system.slice", nil), ("/system.slice/a.b", nil),
      ("/system.slice/libpod-conmon-\(id).scope", "libpod-conmon-\(id).scope"),
      ("/a.service/b.service", "a.service"),
      ("/machine.slice/machine-x.scope/supervisor", "machine-x.scope"),
    ] as [(String, String?)])
  func units(path: String, unit: String?) {
    #expect(CgroupPath.owner(inFile: "0::\(path)\n") == .host(unit: unit))
  }

  @Test("A path may contain colons", arguments: ["0::/a:b/kubepods/pod\(uid)/", "0::/kubepods/pod\(uid)/"])
  func colons(prefix: String) {
    #expect(CgroupPath.owner(inFile: prefix + Self.id) == ContainerID(Self.id).map { .container($0) })
  }

  @Test(
    "Text that is not a cgroup file has no owner",
    arguments: ["", "\n", "0:", "0::", "0::relative", "hello", ":::"])
  func noFile(text: String) { #expect(CgroupPath.owner(inFile: text) == nil) }
}
