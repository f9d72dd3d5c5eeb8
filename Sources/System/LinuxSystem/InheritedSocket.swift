internal import Clibsystemd
internal import CLinuxAudit
internal import Glibc
package import SystemPackage

/// Sockets that systemd or another supervisor opened and passed to this process, and the memory that it keeps for the service. See: man 3
/// sd_listen_fds_with_names, man 3 sd_pid_notify_with_fds
///
/// The supervisor opened the sockets with its own privileges, in its own network namespace. Reading them needs neither.
package enum InheritedSocket {
  private struct Descriptor: Sendable {
    var fd: Int32
    /// The name that the supervisor gave; nil if there is none.
    var name: String?
    /// A protocol such as NETLINK_AUDIT; nil if this is not a netlink socket.
    var netlink: Int32?
    /// Whether this is a listening stream socket, or was one before it was shut down from outside.
    var listens: Bool
    /// Whether this is a regular file.
    var isFile: Bool
  }

  /// The inherited descriptors at startup, before any of them was closed. With `StandardInput=socket`, standard input is one of them.
  private static let descriptors: [Descriptor] = {
    let count = sd_listen_fds(0)
    let given = count > 0 ? Array(SD_LISTEN_FDS_START..<SD_LISTEN_FDS_START + count) : []
    return zip(given + [0], names(of: given.count) + [nil]).map { fd, name in
      Descriptor(
        fd: fd, name: name,
        netlink: option(SO_DOMAIN, of: fd) == AF_NETLINK ? option(SO_PROTOCOL, of: fd) : nil,
        listens: linux_is_listener(fd) != 0, isFile: isFile(fd))
    }
  }()

  /// The names of the inherited descriptors in order; nil if the supervisor passed a different number of names.
  private static func names(of count: Int) -> [String?] {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = nil
    guard count > 0, unsafe sd_listen_fds_with_names(0, &list) == count, let list = unsafe list else {
      return Array(repeating: nil, count: count)
    }
    // The array has `count` texts. The caller must free each text and the array.
    defer { unsafe free(list) }
    return (0..<count).map { index in
      guard let text = unsafe list[index] else { return nil }
      defer { unsafe free(text) }
      return unsafe String(cString: text)
    }
  }

  /// The first netlink socket of a protocol, such as NETLINK_AUDIT, whose name is accepted; nil if there is none.
  ///
  /// The caller must close it.
  package static func netlink(
    _ protocol: Int32, where isWanted: (_ name: String?) -> Bool = { _ in true }
  ) -> Int32? {
    descriptors.first { $0.netlink == `protocol` && isWanted($0.name) }.map { prepared($0.fd) }
  }

  /// The socket that accepts connections; nil if there is none. It listens again if it was shut down from outside, for example by `ss
  /// -K`. Each call returns a new descriptor, which the caller must close.
  package static func listening() throws(Errno) -> Int32? {
    guard let descriptor = descriptors.first(where: \.listens) else { return nil }
    guard linux_listen_again(prepared(descriptor.fd)) == 0 else { throw .last }
    let fd = fcntl(descriptor.fd, F_DUPFD_CLOEXEC, 3)
    guard fd >= 0 else { throw .last }
    return fd
  }

  /// The file that the supervisor keeps under this name; nil if there is none. The caller must close it.
  package static func memory(_ name: String) -> Int32? {
    descriptors.first { $0.isFile && $0.name == name }.map { file in
      _ = fcntl(file.fd, F_SETFD, FD_CLOEXEC)
      return file.fd
    }
  }

  /// Makes a descriptor non-blocking, which the supervisor's copy shares, and keeps child processes from inheriting it.
  private static func prepared(_ fd: Int32) -> Int32 {
    _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
    _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
    return fd
  }

  /// The number of inherited descriptors that are not sockets of these protocols, nor listening sockets, nor files.
  package static func others(than protocols: [Int32]) -> Int {
    descriptors.dropLast().count { descriptor in
      !descriptor.listens && !descriptor.isFile && !protocols.contains { $0 == descriptor.netlink }
    }
  }

  private static func isFile(_ fd: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(fd, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func option(_ name: Int32, of fd: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout.size(ofValue: value))
    return unsafe getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }
}
