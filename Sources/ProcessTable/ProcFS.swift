internal import Glibc

/// What /proc says of processes. The root is given: a node's /proc may be mounted elsewhere.
public struct ProcFS: Sendable {
  /// Where procfs is mounted.
  public let root: String

  public init(root: String = "/proc") { self.root = root }

  /// The owner of a process that runs, or nil if it does not, or may not be looked at.
  public func owner(of pid: Int32) -> ProcessOwner? {
    read("\(pid)/cgroup").flatMap { CgroupPath.owner(inFile: $0) }
  }

  /// When a process started, in clock ticks since boot; nil if it does not run.
  // See: field 22 of /proc/PID/stat in man 5 proc
  public func startTime(of pid: Int32) -> UInt64? {
    // The process chose its name, which may hold spaces and parentheses: count from behind the last one.
    guard let text = read("\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }

  /// All processes, in no order.
  public func processes() -> [Int32] {
    // The stream is closed before it can be used by anybody else.
    guard let directory = unsafe opendir(root) else { return [] }
    defer { unsafe closedir(directory) }
    var found: [Int32] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let pid = Int32(name) { found.append(pid) }
    }
    return found
  }

  /// The text of a small file below the root.
  private func read(_ path: String) -> String? {
    let fd = unsafe open("\(root)/\(path)", O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    // Such a file is a page at most, and is got whole by one read.
    return unsafe withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
      let count = unsafe Glibc.read(fd, buffer.baseAddress!, buffer.count)
      return count > 0 ? unsafe String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
  }
}
