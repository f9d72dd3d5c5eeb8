package import AuditRecord
internal import CLinuxAudit
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// The kernel's audit records, as it sends them to every member of the multicast group AUDIT_NLGRP_READLOG.
///
/// Beside auditd and journald, and without changing anything in the kernel. Needs CAP_AUDIT_READ to join, in the
/// initial network namespace: in any other the group can be joined and stays silent.
package struct MulticastSource: RecordSource, ~Copyable {
  private var socket: AuditSocket
  package let name: String
  package let losesUnread: Bool
  package let receiveBuffer: Int64?

  /// The buffer that is asked for: 645,000 records of the usual size.
  package static let wantedReceiveBuffer: Int32 = 256 << 20

  /// Opens a socket and joins. Records of other types than these are not received.
  // See: man 7 netlink
  package init(
    types: [RecordType], receiveBuffer wanted: Int32 = wantedReceiveBuffer, store: RecordStore? = nil
  ) throws(SourceError) {
    let store = if let store { store } else { try RecordStore() }
    var socket = try AuditSocket(types: types, store: store)
    socket.filter()
    // Before joining, so that no record finds the small buffer.
    socket.enlargeReceiveBuffer(to: wanted)
    guard Self.setMembership(of: socket.fd, linux_netlink_add_membership) else {
      let errno = Errno.last
      throw SourceError(
        "cannot join the audit multicast group", errno,
        remedy: errno == .notPermitted || errno == .permissionDenied
          ? "needs CAP_AUDIT_READ in the initial user namespace" : "")
    }
    losesUnread = true
    receiveBuffer = socket.receiveBuffer
    self.socket = socket
    name = "multicast"
  }

  private static func setMembership(of fd: Int32, _ option: Int32) -> Bool {
    var group = AUDIT_NLGRP_READLOG.rawValue
    return unsafe setsockopt(
      fd, SOL_NETLINK, option, &group, socklen_t(MemoryLayout.size(ofValue: group))) == 0
  }

  /// Takes over a socket that has joined already.
  private init(inherited socket: consuming AuditSocket) {
    socket.filter()
    losesUnread = false
    receiveBuffer = socket.receiveBuffer
    name = "socket handed over"
    self.socket = socket
  }

  /// The socket that systemd, or another holder, handed over; nil if none was. Reading it needs no rights.
  package static func inherited(types: [RecordType], store: RecordStore) throws(SourceError)
    -> MulticastSource?
  {
    if let fd = InheritedSocket.netlink(NETLINK_AUDIT) {
      guard linux_netlink_belongs_to(fd, AUDIT_NLGRP_READLOG.rawValue) != 0 else {
        throw SourceError(
          "the audit socket handed over belongs to no multicast group: nothing would ever come", nil,
          remedy: socketUnit)
      }
      return MulticastSource(inherited: AuditSocket(owning: fd, types: types, store: store))
    }
    let others = InheritedSocket.others(than: [NETLINK_AUDIT, NETLINK_CONNECTOR])
    guard others == 0 else {
      throw SourceError(
        "none of the \(others) sockets handed over is an audit netlink socket", nil,
        remedy: socketUnit)
    }
    return nil
  }

  private static let socketUnit = "the socket unit needs 'ListenNetlink=audit 1'"

  package var descriptor: Int32? { socket.fd }
  package var receiveMeter: ReceiveMeter? { socket.receiveMeter }

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    try socket.read(into: &batch)
  }

  /// Waits until there is something to read, or for so long.
  package func wait(milliseconds: Int32) { socket.wait(milliseconds: milliseconds) }

  /// A socket that was handed over goes on without us.
  package mutating func leave() {
    if losesUnread { _ = Self.setMembership(of: socket.fd, linux_netlink_drop_membership) }
  }

  package mutating func takeLosses(_ serials: SerialCheck) -> Losses {
    socket.takeLosses(serials)
  }

  package func keepLossesTold() { socket.keepLossesTold() }
}
