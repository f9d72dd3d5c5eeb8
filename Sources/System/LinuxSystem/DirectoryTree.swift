package import Glibc
package import SystemPackage

/// A directory and what is below it. Each path is opened one name after the other, and no name may be a link: so nothing outside can be
/// read or written, whatever is in the directory, and whoever changes it meanwhile.
///
/// A name must not contain a slash, and must not be `.` or `..`: anything else is a programming error and ends the program.
@safe
package struct DirectoryTree: ~Copyable {
  private let fd: Int32

  /// Opens the directory, which may be behind links. If it does not exist, it is made with this mode, in a directory that does.
  package init(path: String, makingWith mode: mode_t? = nil) throws(Errno) {
    if let mode { _ = unsafe mkdir(path, mode) }
    fd = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard fd >= 0 else { throw .last }
  }

  deinit { close(fd) }

  /// The modes of what is made, whatever this process's mask is.
  package struct Modes: Sendable {
    package var file: mode_t
    package var directory: mode_t

    package init(file: mode_t, directory: mode_t) {
      (self.file, self.directory) = (file, directory)
    }
  }

  /// Writes a file as a whole: whoever reads it sees the old bytes or the new ones. Makes the directories of its path.
  package func write(_ bytes: [UInt8], to path: [String], _ modes: Modes) throws(Errno) {
    let directory = try open(path.dropLast(), makingWith: modes.directory)
    defer { close(directory) }
    let name = Self.checked(path.last ?? "")
    // One process writes below the directory, so at most it replaces what is left of a former one.
    let temporary = ".\(name).tmp"
    let file = unsafe openat(
      directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, modes.file)
    guard file >= 0 else { throw .last }
    defer { close(file) }
    guard fchmod(file, modes.file) == 0, Self.write(bytes, to: file),
      unsafe renameat(directory, temporary, directory, name) == 0
    else {
      let errno = Errno.last
      _ = unsafe unlinkat(directory, temporary, 0)
      throw errno
    }
  }

  /// The bytes of a regular file, of which there may be at most `maxCount`.
  package func read(_ path: [String], maxCount: Int) throws(Errno) -> [UInt8] {
    let directory = try open(path.dropLast())
    defer { close(directory) }
    // Whatever is not a regular file must not be waited for.
    let file = unsafe openat(
      directory, Self.checked(path.last ?? ""), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw .last }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else { throw .last }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .invalidArgument }
    guard status.st_size <= maxCount else { throw .fileTooLarge }
    var bytes = [UInt8](repeating: 0, count: maxCount)
    var count = 0
    while count < maxCount {
      // The buffer has as many bytes from `count` on.
      let read = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(file, buffer.baseAddress! + count, maxCount - count)
      }
      if read < 0, Errno.last == .interrupted { continue }
      guard read >= 0 else { throw .last }
      if read == 0 { break }
      count += read
    }
    return Array(bytes[..<count])
  }

  /// Renames a file in its directory.
  package func rename(_ path: [String], to name: String) throws(Errno) {
    let directory = try open(path.dropLast())
    defer { close(directory) }
    guard unsafe renameat(directory, Self.checked(path.last ?? ""), directory, Self.checked(name)) == 0
    else { throw .last }
  }

  /// The names in a directory, sorted, without `.` and `..`; those that are no UTF-8 are left out.
  package func names(in path: [String]) throws(Errno) -> [String] {
    let directory = try open(path[...])
    guard let stream = unsafe fdopendir(directory) else {
      let errno = Errno.last
      close(directory)
      throw errno
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // The name ends with a NUL and is valid until the next call.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(validatingCString: $0)
        }
      }
      if let name, name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Opens a directory below this one. The caller closes it.
  private func open(_ path: ArraySlice<String>, makingWith mode: mode_t? = nil) throws(Errno) -> Int32 {
    var directory = unsafe openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .last }
    for name in path {
      let name = Self.checked(name)
      if let mode, unsafe mkdirat(directory, name, mode) == 0 {
        _ = unsafe fchmodat(directory, name, mode, 0)
      }
      let next = unsafe openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let errno = Errno.last
      close(directory)
      guard next >= 0 else { throw errno }
      directory = next
    }
    return directory
  }

  private static func checked(_ name: String) -> String {
    precondition(
      !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))
        && !name.utf8.contains(0), "a path instead of a name")
    return name
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
