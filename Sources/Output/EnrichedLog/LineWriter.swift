internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// Where lines go: standard output, or a file.
package struct LineWriter: ~Copyable {
  private let path: String?
  private var fd: Int32

  /// Why nothing more can be written.
  package struct Failure: Error, CustomStringConvertible, Sendable {
    package var operation: String
    package var errno: Errno
    /// It is a pipe that nobody reads, which may change.
    package var isUnread = false
    /// What to do, where the errno does not say.
    var remedy: String? = nil
    package var description: String {
      let usual =
        switch errno {
        case .brokenPipe: "whatever read it has ended"
        case .noSpace: "make room, then restart"
        case _ where isUnread: "nobody reads this pipe: start its reader"
        default: "see --output"
        }
      return "cannot \(operation): \(String(describing: errno).lowercased()) (\(remedy ?? usual))"
    }
  }

  /// Opens `path` to append to it; `-` is standard output. Waits for nobody.
  package init(path: String) throws(Failure) {
    if path == "-" {
      self.path = nil
      fd = 1
    } else {
      self.path = path
      fd = try Self.open(path)
      endLine(path)
    }
  }

  /// A process that was killed may have left a part of a line, which no other one may become part of.
  private func endLine(_ path: String) {
    var status = stat()
    guard unsafe fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
      return
    }
    // Not being allowed to read it is no reason not to write.
    let reader = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard reader >= 0 else { return }
    defer { close(reader) }
    var last = UInt8(ascii: "\n")
    guard unsafe pread(reader, &last, 1, status.st_size - 1) == 1, last != UInt8(ascii: "\n") else { return }
    last = UInt8(ascii: "\n")
    _ = unsafe Glibc.write(fd, &last, 1)
  }

  deinit { if path != nil { close(fd) } }

  /// No more than a pipe holds: one that takes some of it takes all before long.
  private static let atOnce = 1 << 16

  /// Writes lines. Waits where the reader is slow.
  package func write(_ span: borrowing Span<UInt8>) throws(Failure) {
    var written = 0
    while written < span.count {
      // The buffer outlives the call, which is told its length.
      let count = unsafe span.withUnsafeBytes { bytes in
        OutputWait.during {
          unsafe Glibc.write(fd, bytes.baseAddress! + written, min(bytes.count - written, Self.atOnce))
        }
      }
      if count >= 0 {
        written += count
        continue
      }
      switch Errno.last {
      case .interrupted: continue
      case .wouldBlock, .resourceTemporarilyUnavailable:
        // Somebody else made the pipe non-blocking: wait as if it were not.
        var ready = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        _ = OutputWait.during { unsafe poll(&ready, 1, -1) }
      case let errno:
        throw Failure(operation: "write to \(path ?? "standard output")", errno: errno)
      }
    }
  }

  private static func open(_ path: String) throws(Failure) -> Int32 {
    // A pipe's open(2) would wait for a reader, where nothing could call it off.
    let fd = unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o640)
    guard fd >= 0 else {
      let errno = Errno.last
      throw Failure(
        operation: "open \(path) for writing", errno: errno,
        isUnread: errno == .noSuchAddressOrDevice && (try? FileKind(of: path)) == .pipe)
    }
    _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK)
    return fd
  }
}
