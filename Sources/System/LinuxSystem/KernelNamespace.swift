internal import CLinuxAudit
internal import Glibc
internal import SystemPackage

/// A kind of namespace that a process can be in.
// See: man 7 namespaces
package enum KernelNamespace: String, Sendable {
  case network = "net"
  case process = "pid"
  case user

  /// The name of a process's namespace, such as `pid:[4026531836]`; nil if it may not be read.
  package func name(of process: String = "self", procRoot: String = "/proc") -> String? {
    var bytes = [UInt8](repeating: 0, count: 64)
    // No more is written than fits.
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe readlink("\(procRoot)/\(process)/ns/\(rawValue)", $0.baseAddress!, $0.count)
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// Whether a process is in the initial one; nil if that is not known.
  package func isInitial(of process: String = "self", procRoot: String = "/proc") -> Bool? {
    guard let initialName else { return nil }
    return name(of: process, procRoot: procRoot).map { $0 == initialName }
  }

  // See: PROC_PID_INIT_INO and PROC_USER_INIT_INO in include/linux/proc_ns.h
  private var initialName: String? {
    switch self {
    case .network: nil
    case .process: "pid:[4026531836]"
    case .user: "user:[4026531837]"
    }
  }

  /// Whether this program is in the initial network namespace; nil if that cannot be seen.
  ///
  /// The process connector exists only there: elsewhere nobody receives what is sent to it. The kernel ignores this message.
  package static var isNetworkInitial: Bool? {
    let fd = linux_open_netlink(NETLINK_CONNECTOR, 0)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    do throws(Errno) {
      // A header alone: its length, its type, and nothing.
      try NetlinkSocket.send([16, 0, 0, 0, UInt8(NLMSG_DONE)] + Array(repeating: 0, count: 11), through: fd)
      return true
    } catch {
      return error == .connectionRefused ? false : nil
    }
  }
}
