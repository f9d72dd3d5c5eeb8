internal import Glibc
internal import LinuxSystem
package import SystemPackage

/// Writes lines to standard output or to a file.
package struct LineWriter: ~Copyable {
  private let path: String?
  private var fd: Int32

  /// Why no more lines can be written.
  package struct Failure: Error, CustomStringConvertible, Sendable {
    package var operation: String
    package var errno: Errno
    /// Whether the file is a pipe without a reader, which may change.
    package var isUnread = false
    /// What to do, if the errno does not determine it.
    var remedy: String? = nil
    package var description: String {
      let usual =
        switch errno {
        case .brokenPipe: "its reader has ended"
        case .noSpace: "free some space, then restart"
        case _ where isUnread: "the pipe has no reader: start one"
        default: "see --output"
        }
      return "cannot \(operation): \(String(describing: errno).lowercased()) (\(remedy ?? usual))"
    }
  }

  /// Opens `path` for appending; `-` is standard output. Does not wait.
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

  /// Ends an unfinished line that a killed process may have left, so that no new line is appended to it.
  private func endLine(_ path: String) {
    var status = stat()
    guard unsafe fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
      return
    }
    // If the file is not readable, it is still written to.
    let reader = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard reader >= 0 else { return }
    defer { close(reader) }
    var last = UInt8(ascii: "\n")
    guard unsafe pread(reader, &last, 1, status.st_size - 1) == 1, last != UInt8(ascii: "\n") else { return }
    last = UInt8(ascii: "\n")
    _ = unsafe Glibc.write(fd, &last, 1)
  }

  deinit { if path != nil { close(fd) } }

  /// At most the size of a pipe's buffer: if the reader makes any progress, such a write completes soon.
  private static let atOnce = 1 << 16

  /// Writes lines. Waits if the reader is slow.
  package func write(_ span: borrowing Span<UInt8>) throws(Failure) {
    var written = 0
    while written < span.count {
      // The buffer outlives the call, which receives its length.
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
        // Another process made the pipe non-blocking: wait as if it were blocking.
        var ready = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        _ = OutputWait.during { unsafe poll(&ready, 1, -1) }
      case let errno:
        throw Failure(operation: "write to \(path ?? "standard output")", errno: errno)
      }
    }
  }

  private static func open(_ path: String) throws(Failure) -> Int32 {
    // Without O_NONBLOCK, opening a pipe would wait for a reader, and nothing could cancel that.
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
