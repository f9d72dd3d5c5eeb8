internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The kernel's process connector: reports each fork, exec and exit on the machine, as it happens.
///
/// Needs the initial network, PID and user namespaces, and CAP_NET_ADMIN on kernels before 6.6. Events that are not used, such as those
/// of threads that change their names, stay out of its buffer: any process can make a million of them a second.
// See: drivers/connector/cn_proc.c
package struct ProcessConnector: ~Copyable {
  /// Why process events cannot be had here.
  package struct Unavailable: Error, CustomStringConvertible, Sendable {
    package var description: String
  }

  /// How far a read got.
  package enum Progress: Sendable {
    /// There may be more.
    case more
    /// All that was there was read.
    case drained
    /// Events are missing between those read before and now.
    case lost
  }

  /// What has come tells of whether all does. In nanoseconds of the monotonic clock.
  package struct Reception: Sendable {
    /// When the last event was made, of whatever kind.
    package var last: Int64?
    /// How long, at most, none was made before somebody switched them on or off.
    package var silence: Int64 = 0

    package init(last: Int64?) { self.last = last }
  }

  private var socket: NetlinkSocket
  private var bytes: UniqueArray<UInt8>
  /// Another holds the socket, too, and keeps it when this program ends.
  let isInherited: Bool
  /// We had the kernel make events, so we tell it when we need them no longer.
  var switchedOn = false
  /// Datagrams that the kernel had dropped when that was last asked.
  private var drops: UInt32?
  /// The kernel may still be dropping without a further error, for it does so from an overrun on until the buffer was empty.
  private var mayBeDropping = true

  /// Holds 161,000 events: each takes 832 bytes of what the kernel makes of it, which is twice as much.
  package static let wantedReceiveBuffer: Int32 = 64 << 20
  /// An event's message has 76 bytes.
  private static let slotSize = 128
  private static let batchSize = 128
  /// What an event takes of the buffer, as whoever asked for it counts.
  private static let eventSize = 416

  /// Takes the socket that was handed over, if one was: another may have switched its events on, for that takes rights
  /// which we need not have. Else opens one and switches the events on.
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

  /// The socket that was handed over; nil if none was.
  static func inherited() -> ProcessConnector? {
    InheritedSocket.netlink(NETLINK_CONNECTOR) { $0 != ContainerStartAlarm.name }.map { fd in
      ProcessConnector(NetlinkSocket(owning: fd, slots: batchSize, slotSize: slotSize), isInherited: true)
    }
  }

  /// A socket of our own, which receives events if another program has switched them on.
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
    // While nobody reads, not even our own process ID may fill the buffer: the next process that has it need not be ours.
    if isInherited { _ = linux_filter_process_events(socket.fd, 0) }
  }

  package var descriptor: Int32 { socket.fd }

  /// Bytes that may wait in its receive buffer.
  package var receiveBuffer: Int64 { socket.receiveBuffer }

  /// Events that may wait there.
  package var capacity: Int { Int(receiveBuffer) / Self.eventSize }

  /// Keeps out of the buffer what is not used. Another who holds the socket may have had it let through other events.
  package func filter() { _ = linux_filter_process_events(socket.fd, Self.renamed) }

  // MARK: Reading

  /// Makes an event that costs little and that the filter lets through: gives this thread the name that it has.
  package static func makeEvent() { linux_rename_thread() }

  /// The process whose names come through: this one, by the ID that the kernel reports it by. Everybody's where that is not known.
  private static var renamed: UInt32 {
    KernelNamespace.process.isInitial() == true ? UInt32(bitPattern: getpid()) : .max
  }

  /// Reads what has arrived, without waiting, and appends it to `events`. `reception` goes on from what came before.
  package mutating func read(into events: inout [ProcessEvent], reception: inout Reception) -> Progress {
    guard let received = receive() else { return .lost }
    for index in 0..<received {
      guard let message = message(index) else { continue }
      if let switched = message.switched, let last = reception.last {
        reception.silence = max(reception.silence, switched - last)
      }
      if let time = message.time { reception.last = max(reception.last ?? time, time) }
      if let event = message.event { events.append(event) }
    }
    if received == Self.batchSize { return .more }
    guard mayBeDropping else { return .drained }
    mayBeDropping = false
    return socket.drops == drops ? .drained : .lost
  }

  /// Reads and forgets what is there: at most as much as the buffer holds, for more may come all the time.
  package mutating func discard() {
    var reads = Int(receiveBuffer) / Self.eventSize / Self.batchSize + 1
    while reads > 0, receive() != 0 { reads -= 1 }
    drops = socket.drops
    mayBeDropping = reads == 0
  }

  /// Whether an event that is made now arrives. What has waited until then is passed over.
  mutating func receivesOwnEvent() -> Bool {
    let made = KernelClock.monotonic
    Self.makeEvent()
    while true {
      // Where some were dropped, what comes behind them counts.
      guard let received = receive() else { continue }
      for index in 0..<received {
        if let time = message(index)?.time, time >= made { return true }
      }
      if received < Self.batchSize { return false }
    }
  }

  private func message(_ index: Int) -> ConnectorMessage? {
    socket.payload(of: index).flatMap { ConnectorMessage(bytes.span.extracting($0)) }
  }

  private mutating func receive() -> Int? { Self.receive(&socket, &bytes) }

  /// nil if the kernel had to drop some. Any other failure would be one of ours.
  private static func receive(_ socket: inout NetlinkSocket, _ bytes: inout UniqueArray<UInt8>) -> Int? {
    var span = bytes.mutableSpan
    return try? socket.receive(into: &span)
  }
}
