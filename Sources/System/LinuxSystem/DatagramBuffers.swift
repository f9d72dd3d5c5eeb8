internal import CLinuxAudit

/// What the kernel says of the datagrams that one call received. It writes that itself, right after a datagram's bytes: whoever
/// shares the memory knows what arrived, even if the process that called was killed before the call returned.
@safe
package final class DatagramBuffers {
  // `size` bytes, either a part of `memory` or our own.
  private let base: UnsafeMutableRawPointer
  private let memory: SharedMemory?
  /// The slots that it was prepared for.
  private var prepared: UnsafeMutableRawPointer?

  /// As many datagrams, at most, as one call receives.
  package static let slots = Int(LINUX_MAX_DATAGRAMS)
  package static let size = linux_buffers_size()

  /// Memory of this process alone, in which nothing has arrived.
  package init() {
    unsafe base = .allocate(byteCount: Self.size, alignment: 16)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
    memory = nil
  }

  /// A part of shared memory, at `place`. What another process received may be left there.
  package init(in memory: SharedMemory, at place: Int) {
    unsafe base = memory.address(of: place..<place + Self.size)
    self.memory = memory
  }

  deinit { if memory == nil { unsafe base.deallocate() } }

  func read(into datagrams: inout [linux_datagram]) {
    precondition(datagrams.count <= Self.slots)
    // As many as it is told.
    unsafe linux_buffers_read(base, &datagrams, UInt32(datagrams.count))
  }

  /// In how many of these slots something has arrived.
  package func filled(from start: Int, to end: Int) -> Int {
    var datagrams = Array(repeating: linux_datagram(), count: end)
    read(into: &datagrams)
    return datagrams[min(start, end)...].count { $0.length > 0 }
  }

  func forget(_ count: Int) { unsafe linux_buffers_forget(base, UInt32(count)) }

  /// Receives into slots of `size` bytes each; `datagrams` tells what. As of recvmmsg(2): -1 with errno set if that fails.
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
