import Cgroups
import Testing

@Suite struct ForeignContainerTests {
  static let id = String(repeating: "4f0c", count: 16)
  static let other = String(repeating: "1e2d", count: 16)
  static let build = "jvifp9a6b1lxa1kuw8bwfcovf"

  @Test(
    "A container of a runtime without CRI has its runtime and its ID, or its name if it has no ID",
    arguments: [
      ("/docker/\(id)", .docker, id), ("/docker/buildx/\(id)", .docker, id),
      ("/system.slice/docker-\(id).scope", .docker, id),
      ("/a.slice/a-b.slice/docker-\(id).scope/init.scope", .docker, id),
      ("/../docker-\(id).scope", .docker, id), ("/../../docker-\(id).scope/init.scope", .docker, id),
      ("/machine.slice/libpod-\(id).scope/container", .podman, id),
      ("/machine.slice/machine-libpod_pod_\(other).slice/libpod-\(id).scope", .podman, id),
      ("/libpod_parent/libpod-\(id)", .podman, id),
      ("/libpod_parent/\(other)/libpod-\(id)/container", .podman, id),
      ("/system.slice/nerdctl-\(id).scope", .nerdctl, id),
      ("/ecs/4b1e/\(id)", .ecs, id), ("/ecs/cluster/4b1e/\(id)", .ecs, id),
      ("/ecstasks.slice/ecstasks-4b1e.slice/docker-\(id).scope", .ecs, id),
      ("/lxc.payload.c1/init.scope", .lxc, "c1"), ("/lxc.payload/c1", .lxc, "c1"), ("/lxc/c1", .lxc, "c1"),
      ("/machine.slice/machine-box.scope/payload/init.scope", .nspawn, "box"),
      ("/machine.slice/systemd-nspawn@box.service/payload", .nspawn, "box"),
    ] as [(String, ForeignContainer.Runtime, String)])
  func foreign(path: String, runtime: ForeignContainer.Runtime, id: String) {
    #expect(CgroupPath.owner(inFile: "0::\(path)\n") == .foreign(ForeignContainer(runtime, id)))
  }

  @Test(
    "A step of a build by Docker has the ID that BuildKit gave to it",
    arguments: [
      ("/docker/buildkit/\(build)", build), ("/docker/\(build)", build), ("/docker/buildkit/\(id)", id),
      ("/system.slice/system.slice:docker:\(build)", build), ("/a.slice/a-b.slice:docker:\(build)", build),
      ("/system.slice/docker.service/system.slice:docker:\(build)", build),
      ("/system.slice/docker.service/buildkit/\(id)", id),
      ("/system.slice/snap.docker.dockerd.service/system.slice:docker:\(build)/init", build),
    ])
  func buildStep(path: String, id: String) {
    #expect(CgroupPath.container(in: path) == .foreign(ForeignContainer(.docker, id)))
  }

  @Test(
    "A name that a user can have chosen, or that names no runtime, is not a container",
    arguments: [
      "/foo/\(id)", "/foo/docker/\(id)", "/foo/system.slice:docker:\(build)", "/user.slice/docker/\(id)",
      "/system.slice/x.service/system.slice:docker:\(build)", "/system.slice/x.service/buildkit/\(id)",
      "/system.slice/x:docker:\(build)", "/system.slice/system.slice:docker:\(build)0",
      "/docker/buildkit", "/docker/buildkit/x/\(id)", "/docker/buildkit/\(build.dropLast())",
      "/docker/buildkit/\(build.uppercased())", "/system.slice/docker.service/\(id)",
      "/user.slice/user-1000.slice/user@1000.service/docker.service/buildkit/\(id)",
      "/libpod_parent/\(other)", "/libpod_parent/\(other)/conmon", "/libpod_parent/x/libpod-\(id)",
      "/libpod_parent/\(other).scope/libpod-\(id)", "/foo/libpod-\(id)",
    ])
  func unknown(path: String) { #expect(CgroupPath.container(in: path) == nil) }
}
