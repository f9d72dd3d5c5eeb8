internal import BasicContainers
internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The kernel's process connector: tells each fork, exec and exit on the machine, as it happens.
///
/// Needs the initial network, PID and user namespaces, and CAP_NET_ADMIN on kernels before 6.6.
// See: drivers/connector/cn_proc.c
public struct ProcessConnector: ~Copyable {
  /// Why process events cannot be had here.
  public struct Unavailable: Error, CustomStringConvertible, Sendable {
    public var description: String
  }

  /// How far a read got.
  public enum Progress: Sendable {
    /// There may be more.
    case more
    /// All that was there was read.
    case drained
    /// Events are missing between those read before and now.
    case lost
  }

  /// What has come tells of whether all does. In nanoseconds of the monotonic clock.
  public struct Hearing: Sendable {
    /// When the last event was made, of whatever kind.
    public var last: Int64?
    /// How long, at most, none was made before somebody switched them on or off.
    public var silence: Int64 = 0

    public init(last: Int64?) { self.last = last }
  }

  private var socket: NetlinkSocket
  private var bytes: UniqueArray<UInt8>
  /// The number that the next message of each CPU has to have.
  private var next: [UInt32?] = []
  /// We had the kernel make events, so we tell it when we need them no longer.
  private var switchedOn = false

  /// Holds 161,000 events: each takes 832 bytes of what the kernel makes of it, which is twice as much.
  public static let wantedReceiveBuffer: Int32 = 64 << 20
  /// An event's message has 76 bytes.
  private static let slotSize = 128
  private static let batchSize = 128
  /// What an event takes of the buffer, as whoever asked for it counts.
  private static let eventSize = 416

  /// Takes the socket that was handed over, if one was: another may have switched its events on, for that takes rights
  /// which we need not have. Else opens one and switches the events on.
  public static func open() throws(Unavailable) -> ProcessConnector {
    if let fd = InheritedSocket.netlink(NETLINK_CONNECTOR) { return ProcessConnector(adopt(fd)) }
    var connector = ProcessConnector(try newSocket())
    connector.socket.enlargeReceiveBuffer(to: wantedReceiveBuffer)
    try connector.switchOn()
    return connector
  }

  private init(_ socket: consuming NetlinkSocket) {
    self.socket = socket
    bytes = Self.room()
  }

  private static func adopt(_ fd: Int32) -> NetlinkSocket {
    NetlinkSocket(owning: fd, slots: batchSize, slotSize: slotSize)
  }

  /// Has the kernel make events. What has waited until now is passed over.
  public mutating func switchOn() throws(Unavailable) {
    try Self.send(PROC_CN_MCAST_LISTEN, to: socket)
    // Before 6.6 the kernel counts, also where its answer is not seen.
    switchedOn = true
    try Self.waitForAnswer(&socket, &bytes)
    next.removeAll()
  }

  deinit { if switchedOn { try? Self.send(PROC_CN_MCAST_IGNORE, to: socket) } }

  private static func newSocket() throws(Unavailable) -> NetlinkSocket {
    do throws(Errno) {
      return try NetlinkSocket(
        protocol: NETLINK_CONNECTOR, groups: UInt32(CN_IDX_PROC), slots: batchSize, slotSize: slotSize)
    } catch {
      throw Unavailable(description: "the process connector cannot be opened: \(error)")
    }
  }

  private static func room() -> UniqueArray<UInt8> { UniqueArray(repeating: 0, count: batchSize * slotSize) }

  public var descriptor: Int32 { socket.fd }

  /// Does what the kernel tells if it tells anything, and what costs least: gives this thread the name that it has.
  public static func makeEvent() { linux_rename_thread() }

  /// Bytes that may wait in its receive buffer.
  public var receiveBuffer: Int64 { socket.receiveBuffer }

  /// Reads what has arrived, without waiting, and appends it to `events`. `hearing` goes on from what came before.
  public mutating func read(into events: inout [ProcessEvent], hearing: inout Hearing) -> Progress {
    guard let received = receive() else {
      next.removeAll()
      return .lost
    }
    var isWhole = true
    for index in 0..<received {
      guard let place = socket.payload(of: index),
        let message = ConnectorMessage(bytes.span.extracting(place))
      else { continue }
      isWhole = isExpected(message) && isWhole
      if let asked = message.asked, let last = hearing.last {
        hearing.silence = max(hearing.silence, asked - last)
      }
      if let time = message.time { hearing.last = max(hearing.last ?? time, time) }
      if let event = message.event { events.append(event) }
    }
    guard isWhole else {
      next.removeAll()
      return .lost
    }
    return received == Self.batchSize ? .more : .drained
  }

  /// Reads and forgets what is there: at most as much as the buffer holds, for more may come all the time.
  public mutating func discard() {
    for _ in 0...Int(receiveBuffer) / Self.eventSize / Self.batchSize where receive() == 0 { break }
    next.removeAll()
  }

  private mutating func receive() -> Int? { Self.receive(&socket, &bytes) }

  /// nil if the kernel had to drop some. Any other failure would be one of ours.
  private static func receive(_ socket: inout NetlinkSocket, _ bytes: inout UniqueArray<UInt8>) -> Int? {
    var span = bytes.mutableSpan
    return try? socket.receive(into: &span)
  }

  /// Each CPU numbers its messages.
  private mutating func isExpected(_ message: ConnectorMessage) -> Bool {
    let cpu = Int(message.cpu)
    guard cpu < 1 << 16 else { return true }
    if cpu >= next.count { next += Array(repeating: nil, count: cpu + 1 - next.count) }
    defer { next[cpu] = message.number &+ 1 }
    return next[cpu].map { $0 == message.number } ?? true
  }

  // MARK: Switching on

  /// Has the kernel make events from now on, or no longer, for whoever holds a socket that listens to them.
  ///
  /// Said on the socket that was handed over, if one was: since 6.6 the kernel remembers for each socket who wanted them.
  public static func switchEvents(on: Bool) throws(Unavailable) {
    // The answer goes to all sockets that listen: one of our own takes it from nobody.
    var observer = try newSocket()
    if let fd = InheritedSocket.netlink(NETLINK_CONNECTOR) {
      try send(
        on ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE,
        to: adopt(fd))
    } else {
      try send(on ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE, to: observer)
    }
    // The last one to switch them off is not answered any more.
    guard on else { return }
    var bytes = room()
    try waitForAnswer(&observer, &bytes)
  }

  private static func send(
    _ operation: proc_cn_mcast_op, to socket: borrowing NetlinkSocket
  ) throws(Unavailable) {
    do throws(Errno) {
      try socket.send(request(operation, mark: mark))
    } catch {
      throw Unavailable(description: "the process connector refuses: \(error)")
    }
  }

  /// Answers go to all who listen: by this ours is known.
  private static var mark: UInt32 { UInt32(truncatingIfNeeded: getpid()) | 1 << 30 }

  /// Where the events cannot be had, no answer comes at all.
  private static func waitForAnswer(
    _ socket: inout NetlinkSocket, _ bytes: inout UniqueArray<UInt8>
  ) throws(Unavailable) {
    guard
      let answer = waitForMessage(&socket, &bytes, that: { $0.answer(to: mark) != nil }),
      let errno = answer.answer(to: mark)
    else {
      throw Unavailable(
        description:
          "the process connector does not answer (needs the initial network, PID and user namespaces, and CAP_NET_ADMIN on kernels before 6.6)"
      )
    }
    guard errno == 0 else {
      throw Unavailable(
        description:
          "the process connector refuses: \(Errno(rawValue: errno)) (needs CAP_NET_ADMIN on kernels before 6.6)"
      )
    }
  }

  /// Nanoseconds in which the kernel's answer is read if it comes at all: it is there at once, behind the events that wait.
  private static let patience: Int64 = 1_000_000_000

  /// Reads on to the first message that is wanted; nil if none comes.
  private static func waitForMessage(
    _ socket: inout NetlinkSocket, _ bytes: inout UniqueArray<UInt8>,
    that isWanted: (ConnectorMessage) -> Bool
  ) -> ConnectorMessage? {
    let deadline = KernelClock.monotonic + patience
    repeat {
      // Whoever was held up for long looks once all the same.
      socket.wait(milliseconds: Int32(max(0, deadline - KernelClock.monotonic) / 1_000_000 + 1))
      for index in 0..<(receive(&socket, &bytes) ?? 0) {
        if let place = socket.payload(of: index),
          let message = ConnectorMessage(bytes.span.extracting(place)),
          isWanted(message)
        {
          return message
        }
      }
    } while KernelClock.monotonic < deadline
    return nil
  }

  private static func request(_ operation: proc_cn_mcast_op, mark: UInt32) -> [UInt8] {
    var message: [UInt8] = []
    func put(_ value: some FixedWidthInteger) {
      for byte in 0..<value.bitWidth / 8 { message.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    put(UInt32(40))  // nlmsghdr: length, type, flags, number, port
    put(UInt16(NLMSG_DONE))
    put(UInt16(0))
    put(UInt32(0))
    put(UInt32(0))
    put(UInt32(CN_IDX_PROC))  // cn_msg: id, number, answer, length, flags
    put(UInt32(CN_VAL_PROC))
    put(UInt32(0))
    put(mark)
    put(UInt16(4))
    put(UInt16(0))
    put(operation.rawValue)
    return message
  }
}
