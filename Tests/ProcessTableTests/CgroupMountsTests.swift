import ProcessTable
import Testing

@Suite struct CgroupMountsTests {
  private static let id = String(repeating: "ab", count: 32)

  @Test(
    "A container can place its children elsewhere where a cgroup mount is writable that is not its own cgroup",
    arguments: [
      ("/", "rw,nosuid", "cgroup2", "rw", true), ("/", "ro,nosuid", "cgroup2", "rw", false),
      ("/", "rw", "cgroup2", "ro", false), ("/", "rw", "cgroup", "rw,memory", true),
      ("/kubepods.slice/cri-containerd-\(id).scope", "rw", "cgroup2", "rw", false),
      ("/../cri-containerd-\(id).scope/nested", "rw", "cgroup2", "rw", false),
      ("/kubepods.slice", "rw", "cgroup2", "rw", true), ("/", "rw", "tmpfs", "rw", false),
    ])
  func mounts(root: String, options: String, type: String, superOptions: String, canPlace: Bool) throws {
    let id = try #require(ContainerID(Self.id))
    for tags in ["", " shared:1 master:2"] {
      let line = "36 35 0:29 \(root) /sys/fs/cgroup \(options)\(tags) - \(type) cgroup \(superOptions)"
      let text = "21 1 8:1 / / rw - ext4 /dev/root rw\n\(line)\n22 1 0:5 / /proc rw - proc proc rw\n"
      #expect(CgroupMounts.reachBeyond(id, mountinfo: text) == canPlace)
    }
  }

  @Test(
    "Lines that are no mounts say nothing",
    arguments: [
      "", "\n", "36", "36 35 0:29 / / rw", "36 35 0:29 / / rw -", "36 35 0:29 / / rw - cgroup2 cgroup",
    ])
  func malformed(text: String) throws {
    #expect(!CgroupMounts.reachBeyond(try #require(ContainerID(Self.id)), mountinfo: text))
  }
}
