package import AuditRecord
internal import CLinuxAudit
internal import Clibaudit
internal import Glibc
package import LinuxSystem
internal import SystemPackage

/// Reads the kernel's audit records as the one registered program, instead of auditd.
///
/// It is used only on request, because it changes the kernel's audit state (its `pid`). At the end it unregisters.
package struct UnicastSource: RecordSource, ~Copyable {
  private let control: AuditControl
  private var socket: AuditSocket
  package let receiveBuffer: Int64?

  /// Registers this process. Fails if another program is registered, or without CAP_AUDIT_CONTROL.
  package init(
    types: [RecordType], receiveBuffer wanted: Int32 = MulticastSource.wantedReceiveBuffer, store: RecordStore
  ) throws(SourceError) {
    let control = try AuditControl()
    // A second descriptor for the same socket, because the kernel sends to the socket that registered.
    let fd = fcntl(control.fd, F_DUPFD_CLOEXEC, 3)
    guard fd >= 0 else { throw .noAudit(.last) }
    let socket = AuditSocket(owning: fd, types: types, store: store)
    socket.enlargeReceiveBuffer(to: wanted)
    try control.register()
    self.control = control
    receiveBuffer = socket.receiveBuffer
    self.socket = socket
  }

  deinit { control.unregister() }

  package var name: String { "unicast" }
  package var losesUnread: Bool { true }
  package var descriptor: Int32? { socket.fd }
  package var receiveMeter: ReceiveMeter? { socket.receiveMeter }

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    try socket.read(into: &batch)
  }

  package mutating func use(_ types: [RecordType]) { socket.use(types) }

  package mutating func leave() { control.unregister() }

  package mutating func drainLosses(_ serials: SerialCheck) -> Losses {
    socket.drainLosses(serials)
  }
}
