import Cgroups

/// Tests the parser of /proc/PID/cgroup files: root in a container can name its cgroups as it likes.
enum CgroupTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    let text = bytes.text
    guard case .container(let id) = CgroupPath.owner(inFile: text) else { return }
    precondition(text.contains("\(id)"))
  }
}
