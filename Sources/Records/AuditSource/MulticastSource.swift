package import AuditRecord
internal import CLinuxAudit
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// Reads the kernel's audit records as a member of the multicast group AUDIT_NLGRP_READLOG.
///
/// It works beside auditd and journald and changes no kernel state. Joining needs CAP_AUDIT_READ, in the initial network namespace: the
/// group can be joined in any other namespace, but receives nothing there.
package struct MulticastSource: RecordSource, ~Copyable {
  private var socket: AuditSocket
  package let name: String
  package let losesUnread: Bool
  package let receiveBuffer: Int64?

  /// The requested size of the receive buffer: 645,000 records of the usual size.
  package static let wantedReceiveBuffer: Int32 = 256 << 20

  /// Opens a socket and joins the group. Records of other types are not received.
  // See: man 7 netlink
  package init(
    types: [RecordType], receiveBuffer wanted: Int32 = wantedReceiveBuffer, store: RecordStore? = nil
  ) throws(SourceError) {
    let store = if let store { store } else { try RecordStore() }
    var socket = try AuditSocket(types: types, store: store)
    socket.filter()
    // The buffer is enlarged before joining, so that no record meets the small default buffer.
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

  /// Adopts a socket that has already joined the group.
  private init(inherited socket: consuming AuditSocket) {
    socket.filter()
    losesUnread = false
    receiveBuffer = socket.receiveBuffer
    name = "socket handed over"
    self.socket = socket
  }

  /// The socket that systemd, or another supervisor, passed to this process; nil if there is none. Reading it needs no privileges.
  package static func inherited(types: [RecordType], store: RecordStore) throws(SourceError)
    -> MulticastSource?
  {
    if let fd = InheritedSocket.netlink(NETLINK_AUDIT) {
      guard linux_netlink_belongs_to(fd, AUDIT_NLGRP_READLOG.rawValue) != 0 else {
        throw SourceError(
          "the audit socket handed over belongs to no multicast group: no record would arrive", nil,
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

  /// Waits until data is available, but at most `milliseconds`.
  package func wait(milliseconds: Int32) { socket.wait(milliseconds: milliseconds) }

  package mutating func use(_ types: [RecordType]) { socket.use(types) }

  /// Leaves the group. An inherited socket stays a member, because it outlives this process.
  package mutating func leave() {
    if losesUnread { _ = Self.setMembership(of: socket.fd, linux_netlink_drop_membership) }
  }

  package mutating func drainLosses(_ serials: SerialCheck) -> Losses {
    socket.drainLosses(serials)
  }

  package func storeReportedLosses() { socket.storeReportedLosses() }
}
