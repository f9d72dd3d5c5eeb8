import Cgroups
import Testing

/// Several hierarchies: cgroup v1, with or without the unified one.
@Suite struct HierarchyTests {
  static let id = String(repeating: "4f0c", count: 16)
  static let other = String(repeating: "1e2d", count: 16)
  static let uid = "6c5ff6f3-5bd1-4d54-9a5d-7f1ac8d5e6ea"
  static let slice = "kubepods-burstable-pod6c5ff6f3_5bd1_4d54_9a5d_7f1ac8d5e6ea.slice"
  static let pod = "/kubepods/burstable/pod\(uid)/\(id)"
  static let session = "/user.slice/user-1000.slice/session-1.scope"

  @Test(
    "A pod's container is found in any hierarchy that names it",
    arguments: ["0::", "4:pids:", "1:name=systemd:", "12:memory:"],
    [
      "/podruntime.slice/containerd.service/\(slice):cri-containerd:\(id)", "/kubepods/pod\(uid)/kata_\(id)",
      "/kata_overhead/\(id)", "/system.slice/k3s.service/\(slice):cri-containerd:\(id)",
    ])
  func hierarchies(hierarchy: String, path: String) {
    let text = "13:misc:/system.slice/containerd.service\n\(hierarchy)\(path)\n"
    #expect(CgroupPath.owner(inFile: text) == ContainerID(Self.id).map { .container($0) })
  }

  @Test("The lines of cgroup v1 are parsed: systemd's for the unit, any for the container")
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

  @Test(
    "Hierarchies in which the runtime did not move the container do not contradict it",
    arguments: [
      "4:pids:\(pod)\n1:name=systemd:\(pod)\n0::/\n", "4:pids:\(pod)\n1:name=systemd:\(pod)\n0::\(session)\n",
      "13:misc:/\n12:pids:\(pod)\n1:name=systemd:\(pod)\n",
      "12:cpuset:/fast\n4:pids:\(pod)\n1:name=systemd:\(pod)\n",
      "4:pids:\(pod)\n1:name=systemd:/system.slice/containerd.service\n",
      "4:pids:/\n1:name=systemd:/\n0::/kubepods.slice/\(slice)/cri-containerd-\(id).scope\n",
      "4:pids:\(pod)\n1:name=systemd:/\n0::/\n",
      "4:pids:\(pod)\n1:name=systemd:/system.slice\n", "4:pids:\(pod)\n0::/podruntime/runtime\n",
      "4:pids:\(pod)\n",
      "4:pids:\(pod)\n1:name=systemd:\(pod)/init.scope\n",
      "4:pids:\(pod)/kubepods/pod\(uid)/\(other)\n0::\(pod)\n",
      "12:memory:/kubepods/pod\(uid)/kata_\(id)\n1:name=systemd:/system.slice/crio.service\n0::/\n",
    ])
  func uninvolved(text: String) {
    #expect(CgroupPath.owner(inFile: text) == ContainerID(Self.id).map { .container($0) })
  }

  @Test(
    "Of hierarchies that name different containers none counts, because the process may have been moved in some of them",
    arguments: [
      "12:pids:/docker/\(other)\n11:cpu:\(pod)\n1:name=systemd:/docker/\(other)\n",
      "12:pids:/docker/\(other)\n11:cpu:/docker/\(other)\n1:name=systemd:\(pod)\n",
      "4:pids:\(pod)\n0::/docker/\(other)\n", "4:pids:/docker/\(other)\n0::\(pod)\n",
      "12:pids:/kubepods/pod\(uid)/\(other)\n1:name=systemd:\(pod)\n0::/\n",
      "2:pids:/k8s.io/\(other)\n0::/k8s.io/\(id)\n",
      "3:pids:\(pod)\n2:cpu:/lxc/c1\n1:name=systemd:/\n",
    ])
  func contradiction(text: String) { #expect(CgroupPath.owner(inFile: text) == nil) }

  @Test(
    "A container does not count if systemd's own hierarchy shows a unit that starts no containers",
    arguments: [
      "11:cpu:\(pod)\n1:name=systemd:\(session)\n",
      "2:freezer:\(pod)\n1:name=systemd:\(session)\n0::\(session)\n",
      "1:name=foo:\(pod)\n0::\(session)\n", "4:pids:\(pod)\n1:name=systemd:/\n0::\(session)\n",
      "11:cpu:\(pod)\n1:name=systemd:/system.slice/x.service\n0::/\n",
      "11:cpu:/docker/\(id)\n1:name=systemd:/init.scope\n",
      "12:pids:\(pod)\n1:name=systemd:/system.slice/x.service\n0::\(pod)\n",
    ])
  func otherUnit(text: String) { #expect(CgroupPath.owner(inFile: text) == nil) }

  @Test("A container of a runtime without CRI is found in any hierarchy")
  func foreign() {
    #expect(
      CgroupPath.owner(inFile: "4:pids:/docker/\(Self.other)\n0::/system.slice/docker.service\n")
        == .foreign(ForeignContainer(.docker, Self.other)))
  }
}
