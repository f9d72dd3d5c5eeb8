internal import CLinuxAudit
internal import EnrichedLog
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// The directory in which the kubelet looks for profiles.
///
/// No name of a path below it may be a link, and none may lead out of it. So nothing outside can be written or removed, whatever is in
/// the directory, and whoever changes it meanwhile.
@safe
package struct ProfileDirectory: ~Copyable {
  /// Why a file cannot be written or removed.
  package struct Failure: Error, CustomStringConvertible, Sendable {
    package var operation: String
    package var errno: Errno

    package var description: String {
      let hint =
        switch errno {
        case .tooManySymbolicLinkLevels, .notDirectory: " (a link or a file is where a directory has to be)"
        case .permissionDenied, .notPermitted: " (run as root)"
        default: ""
        }
      return "cannot \(operation): \(String(describing: errno).lowercased())\(hint)"
    }
  }

  private let fd: Int32
  private let root: String
  private let usesOpenat2: Bool

  /// Opens the directory, which may be behind links. Without openat2(2), which Linux has since 5.6, paths are opened name by name.
  package init(root: String, usesOpenat2: Bool = true) throws(Failure) {
    self.usesOpenat2 = usesOpenat2
    fd = unsafe Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    self.root = root
    guard fd >= 0 else { throw Failure(operation: "open the directory \(root.escaped)", errno: .last) }
  }

  deinit { close(fd) }

  /// Writes a file with mode 0644, as a whole: whoever reads it sees the old text or the new one. Makes the directories of its path.
  package func write(_ text: String, to path: ProfilePath) throws(Failure) {
    let operation = "write \(root.escaped)/\(path)"
    let directory = try open(path, makes: true, operation)
    defer { close(directory) }
    let temporary = ".\(path.file).\(getpid()).tmp"
    let file = unsafe openat(
      directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Failure(operation: operation, errno: .last) }
    defer { close(file) }
    // The mode must not depend on this process's mask. The text has to be on the disk before the name is.
    guard Self.write(Array(text.utf8), to: file), fchmod(file, 0o644) == 0, fsync(file) == 0,
      unsafe renameat(directory, temporary, directory, path.file) == 0
    else {
      let errno = Errno.last
      _ = unsafe unlinkat(directory, temporary, 0)
      throw Failure(operation: operation, errno: errno)
    }
  }

  /// Removes a file. Directories stay, because another profile may be on its way into them.
  package func remove(_ path: ProfilePath) throws(Failure) {
    let operation = "remove \(root.escaped)/\(path)"
    let directory = try open(path, makes: false, operation)
    defer { close(directory) }
    guard unsafe unlinkat(directory, path.file, 0) == 0 else {
      throw Failure(operation: operation, errno: .last)
    }
  }

  /// Opens the directory of a path. The caller closes it.
  private func open(_ path: ProfilePath, makes: Bool, _ operation: String) throws(Failure) -> Int32 {
    if makes { close(try openEach(path, makes: true, operation)) }
    if usesOpenat2 {
      let found = unsafe linux_open_directory_beneath(fd, path.directories.joined(separator: "/"))
      if found >= 0 { return found }
      let errno = Errno.last
      guard errno == .noFunction || errno == .notPermitted else {
        throw Failure(operation: operation, errno: errno)
      }
    }
    return try openEach(path, makes: false, operation)
  }

  /// Opens the directories of a path one after the other, and returns the last one.
  private func openEach(_ path: ProfilePath, makes: Bool, _ operation: String) throws(Failure) -> Int32 {
    var directory = fcntl(fd, F_DUPFD_CLOEXEC, 0)
    for name in path.directories {
      if makes { _ = unsafe mkdirat(directory, name, 0o755) }
      let next = unsafe openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let errno = Errno.last
      close(directory)
      guard next >= 0 else { throw Failure(operation: operation, errno: errno) }
      directory = next
    }
    return directory
  }

  private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      // The bytes outlive the call, which receives their count.
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress!, $0.count) }
      if count < 0, Errno.last == .interrupted { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
