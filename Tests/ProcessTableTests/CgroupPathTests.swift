import ProcessTable
import Testing

@Suite struct CgroupPathTests {
  static let id = String(repeating: "4f0c", count: 16)
  static let other = String(repeating: "1e2d", count: 16)
  static let uid = "6c5ff6f3-5bd1-4d54-9a5d-7f1ac8d5e6ea"
  static let slice = "kubepods-burstable-pod6c5ff6f3_5bd1_4d54_9a5d_7f1ac8d5e6ea.slice"

  @Test(
    "Each form of a container's cgroup is known",
    arguments: [
      "/kubepods.slice/kubepods-burstable.slice/\(slice)/cri-containerd-\(id).scope",
      "/kubepods.slice/kubepods-pod6c5ff6f3_5bd1.slice/crio-\(id).scope",
      "/kubepods.slice/kubepods-pod6c5ff6f3_5bd1.slice/docker-\(id).scope",
      "/kubepods/burstable/pod\(uid)/\(id)", "/kubepods/pod\(uid)/\(id)",
      "/kubepods/burstable/pod\(uid)/crio-\(id)",
      "/system.slice/cri-containerd-\(id).scope", "/k8s.io/\(id)",
      "/../\(id)", "/../cri-containerd-\(id).scope",
      "/../../\(slice)/cri-containerd-\(id).scope", "/../../../besteffort/pod\(uid)/\(id)",
      // Static pods have a hash for a UID; kind and a kubelet with a cgroup root put parents before.
      "/kubepods/pod0123456789abcdef0123456789abcdef/\(id)",
      "/kubelet.slice/kubelet-kubepods.slice/kubelet-\(slice)/cri-containerd-\(id).scope",
      "/system.slice/docker-\(other).scope/kubelet.slice/kubelet-\(slice)/cri-containerd-\(id).scope",
      "/kubelet/kubepods/besteffort/pod\(uid)/\(id)", "/cri-containerd-\(id).scope",
      "/system.slice/containerd.service/\(slice):cri-containerd:\(id)", "/\(slice):cri-containerd:\(id)",
    ])
  func known(path: String) { #expect(CgroupPath.containerID(in: path) == ContainerID(Self.id)) }

  @Test(
    "What is below a container's cgroup belongs to it, whatever it is called",
    arguments: [
      "", "/init.scope", "/system.slice/nginx.service", "/user.slice/a.service", "/\(other)",
      "/pod\(uid)/\(other)", "/kubepods.slice/\(slice)/cri-containerd-\(other).scope",
      "/k8s.io/\(other)", "/a b:c", "/..",
    ])
  func nested(below: String) {
    let systemd = "/kubepods.slice/\(Self.slice)/cri-containerd-\(Self.id).scope\(below)"
    let cgroupfs = "/kubepods/pod\(Self.uid)/\(Self.id)\(below)"
    #expect(CgroupPath.containerID(in: systemd) == ContainerID(Self.id))
    #expect(CgroupPath.containerID(in: cgroupfs) == ContainerID(Self.id))
  }

  @Test(
    "What users and other programs can make is no container's",
    arguments: [
      "/user.slice/user-1000.slice/user@1000.service/\(slice)/cri-containerd-\(id).scope",
      "/user.slice/kubepods/pod\(uid)/\(id)", "/system.slice/evil.service/kubepods/pod\(uid)/\(id)",
      "/system.slice/evil.service/k8s.io/\(id)", "/system.slice/docker-\(id).scope",
      "/docker/\(id)", "/\(id)", "/machine.slice/libpod-\(id).scope", "/foo/\(id)",
      "/foo/cri-containerd-\(id).scope", "/foo/crio-\(id)", "/kubepods/pod123/\(id)",
      "/kubepods/podpod!\(uid)/\(id)", "/kubepods/\(uid)/\(id)", "/kubepods/\(id)",
      "/kubepods/pod\(uid)/\(id).scope", "/kubepods/pod\(uid)/docker-\(id)",
      "/kubepods/pod\(uid)/x-\(id)", "/kubepods.slice/\(slice)/xcri-containerd-\(id).scope",
      "/kubepods.slice/\(slice)/cri-containerd-\(id)0.scope",
      "/kubepods.slice/\(slice)/cri-containerd-\(id.dropLast()).scope",
      "/kubepods.slice/\(slice)/cri-containerd-\(id.uppercased()).scope",
      "/k8s.io/cri-containerd/\(id)", "", "/", "/kubepods.slice/\(slice)", "/kubepods/pod\(uid)",
    ])
  func impostors(path: String) { #expect(CgroupPath.containerID(in: path) == nil) }

  @Test(
    "A process of the host has the unit that ps shows",
    arguments: [
      ("/system.slice/sshd.service", "sshd.service"), ("/init.scope", "init.scope"), ("/", nil),
      ("/foo", nil), ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
      ("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "user@1000.service"),
      ("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
      ("/system.slice/_cpu.service", "cpu.service"), ("/system.slice", nil), ("/system.slice/a.b", nil),
      ("/system.slice/docker-\(id).scope", "docker-\(id).scope"), ("/a.service/b.service", "a.service"),
    ] as [(String, String?)])
  func units(path: String, unit: String?) {
    #expect(CgroupPath.owner(inFile: "0::\(path)\n") == .host(unit: unit))
  }

  @Test("The lines of cgroup v1 are read: systemd's for the unit, any for the container")
  func versionOne() throws {
    let id = try #require(ContainerID(Self.id))
    let pod = "/kubepods/burstable/pod\(Self.uid)/\(Self.id)"
    #expect(
      CgroupPath.owner(inFile: "12:pids:\(pod)\n11:cpu,cpuacct:\(pod)\n1:name=systemd:\(pod)\n0::/\n")
        == .container(id))
    #expect(
      CgroupPath.owner(inFile: "12:pids:\(pod)\n1:name=systemd:/\n0::/system.slice/containerd.service\n")
        == .container(id))
    #expect(
      CgroupPath.owner(inFile: "12:pids:/x\n1:name=systemd:/system.slice/sshd.service\n0::/a.service\n")
        == .host(unit: "sshd.service"))
  }

  @Test("Of several hierarchies the unified one counts first")
  func unifiedFirst() {
    let text = "2:pids:/k8s.io/\(Self.other)\n0::/k8s.io/\(Self.id)\n"
    #expect(CgroupPath.owner(inFile: text) == ContainerID(Self.id).map { .container($0) })
  }

  @Test("A path may hold colons", arguments: ["0::/a:b/k8s.io/", "0::/k8s.io/"])
  func colons(prefix: String) {
    #expect(CgroupPath.owner(inFile: prefix + Self.id) == ContainerID(Self.id).map { .container($0) })
  }

  @Test(
    "Text that is no cgroup file has no owner",
    arguments: ["", "\n", "0:", "0::", "0::relative", "hello", ":::"])
  func noFile(text: String) { #expect(CgroupPath.owner(inFile: text) == nil) }
}
