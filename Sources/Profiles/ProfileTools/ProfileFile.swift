internal import EnrichedLog
internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// Files with profiles.
package enum ProfileFile {
  /// Why a file cannot be written.
  package struct Failure: Error, Equatable, CustomStringConvertible, Sendable {
    package var operation: String
    package var errno: Errno

    package var description: String { "cannot \(operation): \(String(describing: errno).lowercased())" }
  }

  /// The path of a container's file below a directory: one folder for each of its names but the last. Names come from lines: what
  /// Kubernetes does not allow in them is escaped with percent signs, so that no name can be another path.
  package static func path(of names: [String], suffix: String) -> String {
    (names.isEmpty ? ["profile"] : names.map(escaped)).joined(separator: "/") + suffix
  }

  private static func escaped(_ name: String) -> String {
    guard !name.isEmpty else { return "-" }
    return name.utf8.enumerated().map { index, byte in
      switch byte {
      case 0x61...0x7a, 0x30...0x39: String(Unicode.Scalar(byte))
      // Not at the beginning: no name is `.`, `..`, hidden, an option, or the name of an empty one.
      case 0x2d where index > 0, 0x2e where index > 0: String(Unicode.Scalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }

  /// Writes a file as a whole, with the directories that it is in: whoever reads it sees the old text or the new one. Anything but a
  /// regular file, such as a pipe, is written to.
  package static func write(_ text: String, to path: String) throws(Failure) {
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      try write(text, to: path, O_WRONLY)
      return
    }
    try makeDirectories(of: path)
    // In the same directory, so that it can be renamed.
    let temporary = "\(path).\(getpid()).tmp"
    do throws(Failure) {
      try write(text, to: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
      guard unsafe rename(temporary, path) == 0 else {
        throw Failure(operation: "write \(path.escaped)", errno: .last)
      }
    } catch {
      // A file that existed before is somebody else's.
      if error.errno != .fileExists { unsafe unlink(temporary) }
      throw error
    }
  }

  private static func makeDirectories(of path: String) throws(Failure) {
    for slash in path.indices.dropFirst() where path[slash] == "/" {
      let directory = String(path[..<slash])
      guard unsafe mkdir(directory, 0o755) == 0 || Errno.last == .fileExists else {
        throw Failure(operation: "make the directory \(directory.escaped)", errno: .last)
      }
    }
  }

  private static func write(_ text: String, to path: String, _ flags: Int32) throws(Failure) {
    let fd = unsafe open(path, flags | O_CLOEXEC, 0o644)
    guard fd >= 0 else { throw Failure(operation: "open \(path.escaped) for writing", errno: .last) }
    defer { close(fd) }
    try write(Array(text.utf8), to: fd, path.escaped)
  }

  /// Writes all bytes; `name` is the file's in errors.
  static func write(_ bytes: [UInt8], to fd: Int32, _ name: String) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // The bytes outlive the call, which receives their count.
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(fd, $0.baseAddress!, $0.count) }
      if count < 0, Errno.last == .interrupted { continue }
      guard count > 0 else { throw Failure(operation: "write \(name)", errno: .last) }
      rest = rest.dropFirst(count)
    }
  }
}
