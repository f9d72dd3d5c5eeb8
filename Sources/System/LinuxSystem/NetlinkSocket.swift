internal import CLinuxAudit
internal import Glibc
package import SystemPackage

/// An open netlink socket on which the kernel sends datagrams.
package struct NetlinkSocket: ~Copyable {
  package let fd: Int32
  /// The maximum number of bytes of a datagram. A longer one is truncated.
  package let slotSize: Int
  /// The number of datagrams that one system call reads.
  package let slots: Int
  private var datagrams: [linux_datagram]
  /// The kernel's description of each datagram.
  private let buffers: DatagramBuffers
  /// The number of slots in which a datagram may have arrived.
  private var used: Int

  /// Adopts an open socket and closes it at the end. `buffers` may describe datagrams that another process received.
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

  /// Opens a socket that is a member of `groups`.
  // See: man 7 netlink
  package init(protocol: Int32, groups: UInt32 = 0, slots: Int, slotSize: Int) throws(Errno) {
    let fd = linux_open_netlink(`protocol`, groups)
    guard fd >= 0 else { throw .last }
    self.init(owning: fd, slots: slots, slotSize: slotSize)
  }

  deinit { close(fd) }

  /// Identifies the socket in every process that has it open.
  package var inode: UInt64 {
    var status = stat()
    return unsafe fstat(fd, &status) == 0 ? UInt64(status.st_ino) : 0
  }

  /// Enlarges the receive buffer as far as possible: to any size with CAP_NET_ADMIN, otherwise up to net.core.rmem_max.
  package func enlargeReceiveBuffer(to bytes: Int32) { linux_enlarge_receive_buffer(fd, bytes) }

  /// The size of the receive buffer in bytes, as it was requested. The kernel counts twice as many.
  package var receiveBuffer: Int64 { linux_receive_buffer(fd) / 2 }

  /// Discards what arrived, so that nothing is left for another process and the slots can be reused.
  package mutating func forget() {
    buffers.forget(used)
    used = 0
  }

  /// Receives the available datagrams without waiting, each into its slot of `bytes`, which must have `slots * slotSize` bytes.
  ///
  /// Returns the number of datagrams. ENOBUFS means that the kernel has dropped some; it then drops everything until the buffer is empty.
  package mutating func receive(into bytes: inout MutableSpan<UInt8>) throws(Errno) -> Int {
    precondition(bytes.count >= slots * slotSize)
    forget()
    // The precondition ensures that the buffer has as many slots as the kernel may fill.
    let received = unsafe bytes.withUnsafeMutableBytes { unsafe receive(into: $0.baseAddress) }
    guard received >= 0 else { throw .last }
    return Int(received)
  }

  /// Receives into slots of memory that another process may share, at `offset`. Earlier datagrams must have been discarded.
  package mutating func receive(into memory: SharedMemory, at offset: Int) throws(Errno) -> Int {
    let received = unsafe receive(into: memory.address(of: offset..<offset + slots * slotSize))
    guard received >= 0 else { throw .last }
    return Int(received)
  }

  private mutating func receive(into slots: UnsafeMutableRawPointer?) -> Int32 {
    let received = unsafe buffers.receive(from: fd, into: slots, slotSize, &datagrams)
    // Some datagrams may have arrived although the call failed.
    used = received < 0 ? self.slots : Int(received)
    return received
  }

  /// Whether no datagram arrived in a slot.
  package func isEmpty(_ index: Int) -> Bool { datagrams[index].length == 0 }

  /// The range of a datagram's payload in the bytes of the last `receive`; nil unless it is a complete message from the kernel.
  ///
  /// Any process can send to a netlink port whose number it guesses; only the kernel has port 0. Depending on the kernel and the group,
  /// `nlmsg_len` may not include the header, so the length that the call returned is used.
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

  /// Waits until data is available, but at most `milliseconds`.
  package func wait(milliseconds: Int32) {
    var ready = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&ready, 1, milliseconds)
  }

  /// The number of datagrams that the kernel has dropped because the buffer was full, modulo 2^32; nil if unknown.
  package var drops: UInt32? { ReceiveMeter.reading(of: fd)?.drops }
}
