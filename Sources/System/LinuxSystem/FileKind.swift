internal import Glibc
package import SystemPackage

/// What stands at a path, symbolic links followed.
package enum FileKind: String, Sendable {
  case file, directory, pipe, socket, device
  /// Reads as an empty file.
  case null = "null device"

  /// Looks at `path`, and opens nothing.
  package init(of path: String) throws(Errno) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .last }
    self =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      // Character device 1:3. See: Documentation/admin-guide/devices.txt
      case S_IFCHR where status.st_rdev == 1 << 8 | 3: .null
      default: .device
      }
  }
}
