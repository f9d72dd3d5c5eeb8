internal import CLinuxAudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Switches the kernel's process events on and off.
///
/// The kernel counts the requests for events, and creates events while the count is above zero. Any program in the initial
/// network, PID and user namespaces can lower it (before 6.6 only with CAP_NET_ADMIN), even below zero. Then a request has no
/// visible effect until there were enough of them.
extension ProcessConnector {
  /// How long a request is repeated, in nanoseconds; one repetition takes some microseconds. If the count is far below zero, the
  /// next call continues from there.
  package static let switchTime: Int64 = 20_000_000

  /// Switches events on. Events that have waited until now are discarded.
  package mutating func switchOn() throws(Unavailable) {
    // Before 6.6 the kernel counts each request.
    switchedOn = true
    try switchOn(through: descriptor)
  }

  /// Switches events on or off for every process that holds a listening socket.
  ///
  /// The request is made on the inherited socket, if there is one: since 6.6 the kernel remembers for each socket whether it
  /// requested events.
  package static func switchEvents(on: Bool) throws(Unavailable) {
    var observer = try new()
    if let socket = inherited() {
      try observer.switchEvents(on, through: socket)
    } else {
      try observer.switchEvents(on, through: observer.descriptor)
    }
  }

  /// A borrowed socket stays open until this returns; a socket in a variable is closed after its last use.
  private mutating func switchEvents(
    _ on: Bool, through socket: borrowing ProcessConnector
  ) throws(Unavailable) {
    try switchEvents(on, through: socket.descriptor)
  }

  private mutating func switchEvents(_ on: Bool, through fd: Int32) throws(Unavailable) {
    if on { try switchOn(through: fd) } else { try Self.request(PROC_CN_MCAST_IGNORE.rawValue, through: fd) }
  }

  private mutating func switchOn(through fd: Int32) throws(Unavailable) {
    guard KernelNamespace.user.isInitial() != false, KernelNamespace.process.isInitial() != false else {
      throw Unavailable(
        description:
          "the process connector accepts no request from this user or PID namespace (needs the initial ones)")
    }
    // Without the group no event would arrive, however often events were requested.
    guard linux_netlink_belongs_to(descriptor, UInt32(CN_IDX_PROC)) != 0 else {
      throw Unavailable(
        description:
          "the process connector's socket belongs to no multicast group (the socket unit needs 'ListenNetlink=connector 1')"
      )
    }
    try Self.request(PROC_CN_MCAST_LISTEN.rawValue, through: fd)
    let deadline = KernelClock.monotonic + Self.switchTime
    while !receivesOwnEvent() {
      guard KernelClock.monotonic < deadline else {
        throw Unavailable(
          description:
            "the process connector does not answer (needs the initial network, PID and user namespaces, and CAP_NET_ADMIN on kernels before 6.6)"
        )
      }
      // Since 6.6 a second request of a listening socket is not counted, unless the socket requested something else in between.
      // That request is an invalid operation, so it changes nothing else.
      try Self.request(0, through: fd)
      try Self.request(PROC_CN_MCAST_LISTEN.rawValue, through: fd)
    }
    // Since 6.6 a socket can select the events that it wants. Older kernels ignore a request of this length; there the socket's
    // filter has the same effect.
    try Self.request(PROC_CN_MCAST_LISTEN.rawValue, events: Self.wantedEvents, through: fd)
    discard()
  }

  private static let wantedEvents =
    linux_proc_event_fork | linux_proc_event_exec | linux_proc_event_exit | linux_proc_event_comm

  static func request(
    _ operation: UInt32, events: UInt32? = nil, through fd: Int32
  ) throws(Unavailable) {
    do throws(Errno) {
      try NetlinkSocket.send(request(operation, events: events), through: fd)
    } catch {
      throw Unavailable(description: "the process connector refuses the request: \(error)")
    }
  }

  /// Builds a request, for the selected events only if there are any.
  // See: struct cn_msg, struct proc_input
  private static func request(_ operation: UInt32, events: UInt32?) -> [UInt8] {
    var message: [UInt8] = []
    func put(_ value: some FixedWidthInteger) {
      for byte in 0..<value.bitWidth / 8 { message.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
    let length: UInt16 = events == nil ? 4 : 8
    put(UInt32(length) + 36)  // nlmsghdr: length, type, flags, number, port
    put(UInt16(NLMSG_DONE))
    put(UInt16(0))
    put(UInt32(0))
    put(UInt32(0))
    put(UInt32(CN_IDX_PROC))  // cn_msg: id, number, answer, length, flags
    put(UInt32(CN_VAL_PROC))
    put(UInt32(0))
    put(UInt32(0))
    put(length)
    put(UInt16(0))
    put(operation)
    if let events { put(events) }
    return message
  }
}
