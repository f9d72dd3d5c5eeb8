internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The kernel's process connector. It reports each fork, exec and exit on the machine as it happens.
///
/// It needs the initial network, PID and user namespaces, and CAP_NET_ADMIN on kernels before 6.6. A filter keeps unused events
/// out of the buffer, such as those of threads that change their names: any process can cause a million of them per second.
// See: drivers/connector/cn_proc.c
package struct ProcessConnector: ~Copyable {
  /// Why process events are not available.
  package struct Unavailable: Error, CustomStringConvertible, Sendable {
    package var description: String
  }

  /// The result of a read.
  package enum Progress: Sendable {
    /// There may be more events.
    case more
    /// All available events were read.
    case drained
    /// Events were lost between the previous read and this one.
    case lost
  }

  /// What the received events show about the completeness of the stream. Times are nanoseconds of the monotonic clock.
  package struct Reception: Sendable {
    /// When the last event of any kind was created.
    package var last: Int64?
    /// The longest period without events before a program switched them on or off.
    package var quietTime: Int64 = 0

    package init(last: Int64?) { self.last = last }
  }

  private var socket: NetlinkSocket
  private var bytes: UniqueArray<UInt8>
  /// Another process holds the socket, too, and keeps it when this program ends.
  let isInherited: Bool
  /// This program switched events on, so it notifies the kernel when it needs them no longer.
  var switchedOn = false
  /// The kernel's count of dropped datagrams when it was last read.
  private var drops: UInt32?
  /// The kernel may still be dropping events without a further error: it does so from an overrun until the buffer is empty.
  private var mayBeDropping = true

  /// Holds 161,000 events. Each one occupies 832 bytes of the actual buffer, which is twice as large as requested.
  package static let wantedReceiveBuffer: Int32 = 64 << 20
  /// The message of an event has 76 bytes.
  private static let slotSize = 128
  private static let batchSize = 128
  /// How many bytes an event occupies, relative to the requested size of the buffer.
  private static let eventSize = 416

  /// Adopts the inherited socket, if there is one: another process may have switched its events on, which needs privileges that
  /// this process may lack. Otherwise opens a socket and switches events on.
  package static func open() throws(Unavailable) -> ProcessConnector {
    if let connector = inherited() { return connector }
    var connector = try new()
    connector.socket.enlargeReceiveBuffer(to: wantedReceiveBuffer)
    try connector.switchOn()
    return connector
  }

  private init(_ socket: consuming NetlinkSocket, isInherited: Bool) {
    drops = socket.drops
    self.socket = socket
    self.isInherited = isInherited
    bytes = UniqueArray(repeating: 0, count: Self.batchSize * Self.slotSize)
    filter()
  }

  /// The inherited socket; nil if there is none.
  static func inherited() -> ProcessConnector? {
    InheritedSocket.netlink(NETLINK_CONNECTOR) { $0 != StartersSocket.name }.map { fd in
      ProcessConnector(NetlinkSocket(owning: fd, slots: batchSize, slotSize: slotSize), isInherited: true)
    }
  }

  /// A new socket, which receives events if another program has switched them on.
  static func new() throws(Unavailable) -> ProcessConnector {
    do throws(Errno) {
      let socket = try NetlinkSocket(
        protocol: NETLINK_CONNECTOR, groups: UInt32(CN_IDX_PROC), slots: batchSize, slotSize: slotSize)
      return ProcessConnector(socket, isInherited: false)
    } catch {
      throw Unavailable(description: "the process connector cannot be opened: \(error)")
    }
  }

  deinit {
    if switchedOn { try? Self.request(PROC_CN_MCAST_IGNORE.rawValue, through: socket.fd) }
    // While no process reads the socket, not even events of this process ID may fill its buffer: another program may get the ID next.
    if isInherited { _ = linux_filter_process_events(socket.fd, 0) }
  }

  package var descriptor: Int32 { socket.fd }

  /// The size of the receive buffer in bytes.
  package var receiveBuffer: Int64 { socket.receiveBuffer }

  /// How many events fit into the receive buffer.
  package var capacity: Int { Int(receiveBuffer) / Self.eventSize }

  /// Keeps unused events out of the buffer. Another process that holds the socket may have set another filter.
  package func filter() { _ = linux_filter_process_events(socket.fd, Self.renamed) }

  // MARK: Reading

  /// Triggers an event that costs little and passes the filter: gives this thread the name that it already has.
  package static func triggerEvent() { linux_rename_thread() }

  /// The process whose renames pass the filter: this one, by the ID in the kernel's reports, or all processes if that ID is unknown.
  private static var renamed: UInt32 {
    KernelNamespace.process.isInitial() == true ? UInt32(bitPattern: getpid()) : .max
  }

  /// Reads the available events without waiting, and appends them to `events`. `reception` continues from the previous read.
  package mutating func read(into events: inout [ProcessEvent], reception: inout Reception) -> Progress {
    guard let received = receive() else { return .lost }
    for index in 0..<received {
      guard let message = message(index) else { continue }
      if case .switched(let time) = message, let last = reception.last {
        reception.quietTime = max(reception.quietTime, time - last)
      }
      if let time = message.eventTime { reception.last = max(reception.last ?? time, time) }
      if case .event(let event) = message { events.append(event) }
    }
    if received == Self.batchSize { return .more }
    guard mayBeDropping else { return .drained }
    mayBeDropping = false
    return socket.drops == drops ? .drained : .lost
  }

  /// Discards the available events: at most as many as the buffer holds, because more may arrive all the time.
  package mutating func discard() {
    var reads = Int(receiveBuffer) / Self.eventSize / Self.batchSize + 1
    while reads > 0, receive() != 0 { reads -= 1 }
    drops = socket.drops
    mayBeDropping = reads == 0
  }

  /// Whether an event that is triggered now arrives. Events that have waited until then are discarded.
  mutating func receivesOwnEvent() -> Bool {
    let triggered = KernelClock.monotonic
    Self.triggerEvent()
    while true {
      // If some events were dropped, the ones after them count.
      guard let received = receive() else { continue }
      for index in 0..<received {
        if let time = message(index)?.eventTime, time >= triggered { return true }
      }
      if received < Self.batchSize { return false }
    }
  }

  private func message(_ index: Int) -> ConnectorMessage? {
    socket.payload(of: index).flatMap { ConnectorMessage(bytes.span.extracting($0)) }
  }

  private mutating func receive() -> Int? { Self.receive(&socket, &bytes) }

  /// Returns nil if the kernel had to drop events. Any other failure would be a bug of this program.
  private static func receive(_ socket: inout NetlinkSocket, _ bytes: inout UniqueArray<UInt8>) -> Int? {
    var span = bytes.mutableSpan
    return try? socket.receive(into: &span)
  }
}
