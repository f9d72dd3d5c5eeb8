internal import Clibsystemd
internal import CLinuxAudit
internal import Glibc
package import SystemPackage

/// Sockets that systemd, or another holder, opened and handed over, and the memory that it keeps for us.
/// See: man 3 sd_listen_fds_with_names, man 3 sd_pid_notify_with_fds
///
/// Sockets were opened with their holder's rights, in its network namespace: reading them needs neither.
package enum InheritedSocket {
  private struct Descriptor: Sendable {
    var fd: Int32
    /// As its holder calls it; nil if nobody does.
    var name: String?
    /// Such as NETLINK_AUDIT; nil if it is no netlink socket.
    var netlink: Int32?
    /// Whether it is a stream socket that connections come in by, or did before it was closed from outside.
    var listens: Bool
    /// Whether it is a file.
    var isFile: Bool
  }

  /// As they were before anybody took and closed one of them. Standard input is one under `StandardInput=socket`.
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

  /// One for each that was handed over, in their order; nil where the holder gave another number of names.
  private static func names(of count: Int) -> [String?] {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = nil
    guard count > 0, unsafe sd_listen_fds_with_names(0, &list) == count, let list = unsafe list else {
      return Array(repeating: nil, count: count)
    }
    // So many texts, which are ours to free, as the list is.
    defer { unsafe free(list) }
    return (0..<count).map { index in
      guard let text = unsafe list[index] else { return nil }
      defer { unsafe free(text) }
      return unsafe String(cString: text)
    }
  }

  /// The first netlink socket of a protocol, such as NETLINK_AUDIT, with a name that is wanted; nil if there is none.
  ///
  /// Whoever takes it closes it.
  package static func netlink(
    _ protocol: Int32, where isWanted: (_ name: String?) -> Bool = { _ in true }
  ) -> Int32? {
    descriptors.first { $0.netlink == `protocol` && isWanted($0.name) }.map { prepared($0.fd) }
  }

  /// The socket that connections come in by; nil if there is none. It listens, also if it was closed from outside, such as by
  /// `ss -K`. The caller gets a descriptor of its own each time, and closes it.
  package static func listening() throws(Errno) -> Int32? {
    guard let descriptor = descriptors.first(where: \.listens) else { return nil }
    guard linux_listen_again(prepared(descriptor.fd)) == 0 else { throw .last }
    let fd = fcntl(descriptor.fd, F_DUPFD_CLOEXEC, 3)
    guard fd >= 0 else { throw .last }
    return fd
  }

  /// The file that it keeps for us under this name; nil if there is none. Whoever takes it closes it.
  package static func memory(_ name: String) -> Int32? {
    descriptors.first { $0.isFile && $0.name == name }.map { file in
      _ = fcntl(file.fd, F_SETFD, FD_CLOEXEC)
      return file.fd
    }
  }

  /// The holder's copy shares the first of these flags; nothing blocks here. Programs we start get no copy.
  private static func prepared(_ fd: Int32) -> Int32 {
    _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
    _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
    return fd
  }

  /// How many were handed over that are neither of these protocols, nor for connections, nor files.
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
