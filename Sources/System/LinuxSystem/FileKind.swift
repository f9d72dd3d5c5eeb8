internal import Glibc
package import SystemPackage

/// The kind of file at a path, after following symbolic links.
package enum FileKind: String, Sendable {
  case file, directory, pipe, socket, device
  /// A device that reads as an empty file.
  case null = "null device"

  /// Examines `path` without opening it.
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
