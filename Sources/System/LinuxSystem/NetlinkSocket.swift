internal import CLinuxAudit
internal import Glibc
package import SystemPackage

/// An open netlink socket that the kernel sends datagrams to.
package struct NetlinkSocket: ~Copyable {
  package let fd: Int32
  /// Bytes that a datagram may have; what is longer is cut off.
  package let slotSize: Int
  /// As many datagrams as one system call reads.
  package let slots: Int
  private var datagrams: [linux_datagram]
  /// What the kernel says of each datagram.
  private let buffers: DatagramBuffers
  /// Slots in which something may have arrived.
  private var used: Int

  /// Takes over an open socket; it is closed at the end. `room` may hold what arrived before, for another process.
  package init(owning fd: Int32, slots: Int, slotSize: Int, buffers: DatagramBuffers = DatagramBuffers()) {
    precondition(slots <= DatagramBuffers.slots)
    self.fd = fd
    self.slots = slots
    self.slotSize = slotSize
    self.buffers = buffers
    used = slots
    datagrams = Array(repeating: linux_datagram(), count: slots)
    buffers.read(into: &datagrams)
  }

  /// Opens a socket that belongs to `groups`.
  // See: man 7 netlink
  package init(protocol: Int32, groups: UInt32 = 0, slots: Int, slotSize: Int) throws(Errno) {
    let fd = linux_open_netlink(`protocol`, groups)
    guard fd >= 0 else { throw .last }
    self.init(owning: fd, slots: slots, slotSize: slotSize)
  }

  deinit { close(fd) }

  /// By which the socket is known, in whatever process it is open.
  package var inode: UInt64 {
    var status = stat()
    return unsafe fstat(fd, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  /// Makes the receive buffer as large as the kernel allows: by force with CAP_NET_ADMIN, else up to net.core.rmem_max.
  package func enlargeReceiveBuffer(to bytes: Int32) { linux_enlarge_receive_buffer(fd, bytes) }

  /// The bytes that may wait, as whoever set them asked for: the kernel counts twice as many.
  package var receiveBuffer: Int64 { linux_receive_buffer(fd) / 2 }

  /// Forgets what arrived, so that nothing is left for another process, and its slots can be used again.
  package mutating func forget() {
    buffers.forget(used)
    used = 0
  }

  /// Reads what has arrived without waiting, each datagram into its slot of `bytes`, which must be `slots * slotSize` long.
  ///
  /// Returns how many datagrams arrived. ENOBUFS means that the kernel had to drop some: then it drops all until the
  /// buffer is empty.
  package mutating func receive(into bytes: inout MutableSpan<UInt8>) throws(Errno) -> Int {
    precondition(bytes.count >= slots * slotSize)
    forget()
    // As many slots, as long as the kernel is told there are.
    let received = unsafe bytes.withUnsafeMutableBytes { unsafe receive(into: $0.baseAddress) }
    guard received >= 0 else { throw .last }
    return Int(received)
  }

  /// Likewise into slots in memory that others may share, at `place`. What arrived before must have been forgotten.
  package mutating func receive(into memory: SharedMemory, at place: Int) throws(Errno) -> Int {
    let received = unsafe receive(into: memory.address(of: place..<place + slots * slotSize))
    guard received >= 0 else { throw .last }
    return Int(received)
  }

  private mutating func receive(into slots: UnsafeMutableRawPointer?) -> Int32 {
    let received = unsafe buffers.receive(from: fd, into: slots, slotSize, &datagrams)
    // Some may have arrived although it failed.
    used = received < 0 ? self.slots : Int(received)
    return received
  }

  /// Whether anything arrived in a slot.
  package func isEmpty(_ index: Int) -> Bool { datagrams[index].length == 0 }

  /// Where a datagram's payload stands in the bytes of the last `receive`; nil if it is no whole message of the kernel's.
  ///
  /// Anybody may send to a netlink port that he can guess; only the kernel's port is 0. `nlmsg_len` leaves the header
  /// out or not, depending on kernel and group: the call's own length is right.
  package func payload(of index: Int) -> Range<Int>? {
    let datagram = datagrams[index]
    guard datagram.from_netlink == 1, datagram.sender == 0, datagram.truncated == 0,
      datagram.length > linux_netlink_header_length, datagram.length <= slotSize
    else { return nil }
    let start = index * slotSize
    return start + Int(linux_netlink_header_length)..<start + Int(datagram.length)
  }

  /// Sends a message to the kernel, through any netlink socket.
  package static func send(_ message: [UInt8], through fd: Int32) throws(Errno) {
    guard unsafe linux_send_to_kernel(fd, message, message.count) == 0 else { throw .last }
  }

  /// Waits until there is something to read, or for so long.
  package func wait(milliseconds: Int32) {
    var ready = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&ready, 1, milliseconds)
  }

  /// How many datagrams the kernel has dropped at the full buffer, modulo 2^32; nil if it does not say.
  package var drops: UInt32? { ReceiveMeter.reading(of: fd)?.drops }
}
