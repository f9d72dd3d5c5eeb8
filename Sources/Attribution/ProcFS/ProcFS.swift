package import Cgroups
internal import Glibc
internal import LinuxSystem

/// Reads processes from /proc. The root is a parameter, because a node's /proc may be mounted elsewhere.
package struct ProcFS: Sendable {
  /// Where procfs is mounted.
  package let root: String
  /// Counts how often it could not be read.
  package let failures = ProcFailures()
  private let latest = LatestCgroup()
  /// nil unless this is a procfs with the PIDs by which this program's own system calls know the processes.
  private let kept: KeptFiles?

  package init(root: String = "/proc") {
    self.root = root
    kept = HostNamespaces(procRoot: root).ownID == getpid() ? KeptFiles() : nil
  }

  /// A root without any process, because there is nothing below that file.
  package static let empty = ProcFS(root: "/dev/null")

  /// The owner of a running process; nil if the process does not run or may not be read.
  package func owner(of pid: Int32) -> ProcessOwner? { reading(of: pid, scope: .owner).owner }

  /// The owner of a process and, on request, its start time, parent and threads. All values are of the same process, even if the
  /// PID is reused meanwhile.
  package func reading(of pid: Int32, scope: ProcessReading.Scope) -> ProcessReading {
    let asked = KernelClock.monotonic
    guard mayExist(pid) else { return none(since: asked) }
    if scope == .owner {
      guard let cgroup = read(below: AT_FDCWD, "\(root)/\(pid)/cgroup") else { return none(since: asked) }
      if let owner = latest.owner(inFile: cgroup), owner != .host(unit: nil) {
        return ProcessReading(owner: owner, asked: asked...KernelClock.monotonic)
      }
    }
    if let texts = kept?.texts(of: pid), let stat = Self.stat(texts.stat),
      let owner = latest.owner(inFile: texts.cgroup),
      owner.containerID == nil
    {
      return reading(owner, stat, scope: scope, namespace: nil, since: asked)
    }
    // Files opened below this directory belong to this process, or do not exist any more.
    let directory = unsafe open("\(root)/\(pid)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else {
      failures.count(errno: errno)
      return none(since: asked)
    }
    defer { close(directory) }
    guard let cgroup = read(below: directory, "cgroup"),
      let stat = read(below: directory, "stat").flatMap(Self.stat)
    else { return none(since: asked) }
    kept?.noteReading(of: pid, below: directory)
    let owner = latest.owner(inFile: cgroup)
    let namespace = owner?.containerID.flatMap {
      self.namespace(below: directory, container: $0, cgroup: cgroup)
    }
    return reading(owner, stat, scope: scope, namespace: namespace, since: asked)
  }

  private func reading(
    _ owner: ProcessOwner?, _ stat: Stat, scope: ProcessReading.Scope, namespace: PIDNamespace?,
    since asked: Int64
  ) -> ProcessReading {
    // In the hierarchies of cgroup v1 an exiting process is in the root.
    let isHidden = owner == .host(unit: nil) && stat.isExiting
    return ProcessReading(
      owner: isHidden ? nil : owner, began: scope == .everything ? stat.began : nil, parent: stat.parent,
      threads: stat.threads, isOver: stat.isExiting && stat.threads == 1, namespace: namespace,
      asked: asked...KernelClock.monotonic)
  }

  /// False if there is no such process: asking the kernel costs a tenth of opening a directory that does not exist.
  private func mayExist(_ pid: Int32) -> Bool { kept == nil || getpgid(pid) >= 0 || errno != ESRCH }

  private func namespace(below directory: Int32, container: ContainerID, cgroup: String) -> PIDNamespace? {
    read(below: directory, "status", upTo: Self.maxStatus).flatMap {
      PIDNamespace(status: $0, cgroup: cgroup, container: container)
    }
  }

  /// A process may be in 65,536 groups, which its status file lists before the namespaces.
  private static let maxStatus = 1 << 20

  private func none(since asked: Int64) -> ProcessReading {
    ProcessReading(owner: nil, threads: 0, asked: asked...KernelClock.monotonic)
  }

  private struct Stat {
    var parent: Int32
    var isExiting: Bool
    var threads: Int
    /// Nanoseconds of the monotonic clock.
    var began: Int64
  }

  // See: fields 4, 9, 20 and 22 of /proc/PID/stat in man 5 proc
  private static func stat(_ text: String) -> Stat? {
    // The process chose its name, which may contain spaces, parentheses, or letters that combine with them. So the fields are
    // counted in bytes after the last parenthesis.
    let text = text.utf8
    guard let close = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    // The fields by their index after the name; -1 for a field that is not a number.
    var fields: [20 of Int64] = .init(repeating: -1)
    var index = -1
    for byte in text[text.index(after: close)...] {
      switch byte {
      case UInt8(ascii: " "): index += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9") where fields.indices.contains(index):
        let (tens, isTooLarge) = max(0, fields[index]).multipliedReportingOverflow(by: 10)
        guard !isTooLarge, tens < .max - 9 else { return nil }
        fields[index] = tens + Int64(byte - UInt8(ascii: "0"))
      default: break
      }
      if index == fields.count { break }
    }
    let began = fields[19].multipliedReportingOverflow(by: KernelClock.startTick)
    guard let parent = Int32(exactly: fields[1]), let flags = UInt32(exactly: fields[6]), fields[17] >= 0,
      fields[19] >= 0, !began.overflow
    else { return nil }
    return Stat(
      parent: parent, isExiting: flags & exiting != 0, threads: Int(fields[17]),
      began: began.partialValue - KernelClock.bootOffset)
  }

  /// PF_EXITING. See: include/linux/sched.h
  private static let exiting: UInt32 = 4

  /// All processes, in no particular order.
  package func processes() -> [Int32] {
    // The stream is only used in this function, which closes it.
    guard let directory = unsafe opendir(root) else {
      failures.count(errno == EMFILE || errno == ENFILE ? .files : .noProcesses)
      return []
    }
    defer { unsafe closedir(directory) }
    var found: [Int32] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let pid = Int32(name) { found.append(pid) }
    }
    if !found.contains(1) { failures.count(.noProcesses) }
    return found
  }

  /// The text of a file: at most one page, which a single read returns completely, unless `max` is larger.
  private func read(below directory: Int32, _ path: String, upTo max: Int = 4096) -> String? {
    let fd = unsafe openat(directory, path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else {
      failures.count(errno: errno)
      return nil
    }
    defer { close(fd) }
    return FileText.read(fd, upTo: max)
  }
}
