internal import Glibc

/// The metadata by which a file can be found again under another name.
struct FileStatus: Equatable {
  var device: UInt
  var inode: UInt
  var size: Int64
  /// The time of the last modification, in nanoseconds since 1970.
  var modified: Int64
  /// False after the file's last name has been removed.
  var hasName: Bool

  /// Reads the status of an open file.
  init?(of fd: Int32) {
    var status = stat()
    guard unsafe fstat(fd, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Reads the status of the file that currently has the name `path`.
  init?(ofPath path: String) {
    var status = stat()
    guard unsafe fstatat(AT_FDCWD, path, &status, 0) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
    size = Int64(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    hasName = status.st_nlink > 0
  }

  func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}
