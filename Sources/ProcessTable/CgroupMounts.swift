/// Where the processes of a container can place others, by what is mounted there.
package enum CgroupMounts {
  /// Whether a cgroup hierarchy can be written that reaches beyond the container's own cgroup: who can write there can make a child
  /// that begins in another container's cgroup (CLONE_INTO_CGROUP). `mountinfo` is the text of a process's /proc/PID/mountinfo.
  // See: man 5 proc_pid_mountinfo, man 7 cgroup_namespaces
  package static func reachBeyond(_ container: ContainerID, mountinfo: some StringProtocol) -> Bool {
    let id = Array(container.description.utf8)
    return Substring(mountinfo).utf8.split(separator: UInt8(ascii: "\n")).contains { line in
      // What a container mounts it may name as it likes, but blanks are escaped there.
      let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard fields.count > 6, let end = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }),
        end + 3 < fields.count,
        fields[end + 1].elementsEqual("cgroup2".utf8) || fields[end + 1].elementsEqual("cgroup".utf8)
      else { return false }
      return isWritable(fields[5]) && isWritable(fields[end + 3]) && !contains(fields[3], id)
    }
  }

  private static func isWritable(_ options: Substring.UTF8View) -> Bool {
    options.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual("rw".utf8) }
  }

  /// Whether a mount's root, as this program sees it, is the container's cgroup or below that.
  private static func contains(_ root: Substring.UTF8View, _ id: [UInt8]) -> Bool {
    var rest = root[...]
    while rest.count >= id.count {
      if rest.starts(with: id) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
