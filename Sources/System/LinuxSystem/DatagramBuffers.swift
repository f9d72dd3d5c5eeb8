internal import CLinuxAudit

/// The kernel's description of the datagrams that one call received. The kernel writes it right after a datagram's bytes. Another process
/// that shares the memory therefore sees what arrived, even if the receiving process was killed before the call returned.
@safe
package final class DatagramBuffers {
  // `size` bytes, either a part of `memory` or allocated by this object.
  private let base: UnsafeMutableRawPointer
  private let memory: SharedMemory?
  /// The slots for which the descriptions were prepared.
  private var prepared: UnsafeMutableRawPointer?

  /// The maximum number of datagrams that one call receives.
  package static let slots = Int(LINUX_MAX_DATAGRAMS)
  package static let size = linux_buffers_size()

  /// Creates private memory without any datagrams.
  package init() {
    unsafe base = .allocate(byteCount: Self.size, alignment: 16)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
    memory = nil
  }

  /// Uses a part of shared memory, at `offset`. It may contain datagrams that another process received.
  package init(in memory: SharedMemory, at offset: Int) {
    unsafe base = memory.address(of: offset..<offset + Self.size)
    self.memory = memory
  }

  deinit { if memory == nil { unsafe base.deallocate() } }

  func read(into datagrams: inout [linux_datagram]) {
    precondition(datagrams.count <= Self.slots)
    // It reads at most `count` entries.
    unsafe linux_buffers_read(base, &datagrams, UInt32(datagrams.count))
  }

  /// The number of slots in a range in which a datagram has arrived.
  package func filled(from start: Int, to end: Int) -> Int {
    var datagrams = Array(repeating: linux_datagram(), count: end)
    read(into: &datagrams)
    return datagrams[min(start, end)...].count { $0.length > 0 }
  }

  func forget(_ count: Int) { unsafe linux_buffers_forget(base, UInt32(count)) }

  /// Receives into slots of `size` bytes each and describes the result in `datagrams`. Returns the result of recvmmsg(2): -1 with errno
  /// set if that fails.
  func receive(
    from fd: Int32, into slots: UnsafeMutableRawPointer?, _ size: Int, _ datagrams: inout [linux_datagram]
  ) -> Int32 {
    if unsafe slots != prepared {
      // Pointers that another process left are never used.
      unsafe linux_buffers_prepare(base, slots, size, UInt32(datagrams.count))
      unsafe prepared = slots
    }
    return unsafe linux_receive_datagrams(fd, base, &datagrams, UInt32(datagrams.count))
  }
}
