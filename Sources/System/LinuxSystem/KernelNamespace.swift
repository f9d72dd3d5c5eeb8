internal import CLinuxAudit
internal import Glibc
internal import SystemPackage

/// A type of namespace.
// See: man 7 namespaces
package enum KernelNamespace: String, Sendable {
  case network = "net"
  case process = "pid"
  case user

  /// The name of a process's namespace, such as `pid:[4026531836]`; nil if it is not readable.
  package func name(of process: String = "self", procRoot: String = "/proc") -> String? {
    var bytes = [UInt8](repeating: 0, count: 64)
    // The call writes at most the size of the buffer.
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe readlink("\(procRoot)/\(process)/ns/\(rawValue)", $0.baseAddress!, $0.count)
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// Whether a process is in the initial namespace of this type; nil if unknown.
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

  /// Whether this program is in the initial network namespace; nil if unknown.
  ///
  /// The test sends a message to the process connector, which exists only in the initial namespace; elsewhere the message is refused. The
  /// kernel ignores the message.
  package static var isNetworkInitial: Bool? {
    let fd = linux_open_netlink(NETLINK_CONNECTOR, 0)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    do throws(Errno) {
      // A header without a payload: length, type, and zeros.
      try NetlinkSocket.send([16, 0, 0, 0, UInt8(NLMSG_DONE)] + Array(repeating: 0, count: 11), through: fd)
      return true
    } catch {
      return error == .connectionRefused ? false : nil
    }
  }
}
