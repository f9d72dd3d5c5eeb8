internal import CLinuxAudit
internal import Glibc
package import SystemPackage

/// Memory in a file of its own, which lives as long as anybody has that open: also after this process was killed.
///
/// Places are bytes from its beginning. One that is outside is a fault of ours, and ends the program.
@safe
package final class SharedMemory {
  package let descriptor: Int32
  package let size: Int
  // Mapped by init, all of it readable and writable, and of a size that cannot change; unmapped by deinit.
  private let base: UnsafeMutableRawPointer

  /// Makes memory full of zeros. It takes up what has been touched. `name` is for people.
  package convenience init(name: String, size: Int) throws(Errno) {
    let fd = unsafe linux_memory_open(name, size)
    guard fd >= 0 else { throw .last }
    try self.init(mapping: fd, size: size)
  }

  /// Takes over what another process made; nil if its size is another, or could change. What stands in it is whatever was left
  /// there.
  package convenience init?(adopting fd: Int32, size: Int) {
    guard linux_memory_has_size(fd, size) != 0 else {
      close(fd)
      return nil
    }
    try? self.init(mapping: fd, size: size)
  }

  /// Closes `fd` if it fails.
  private init(mapping fd: Int32, size: Int) throws(Errno) {
    let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
    guard let base = unsafe address, unsafe base != MAP_FAILED else {
      let errno = Errno.last
      close(fd)
      throw errno
    }
    unsafe self.base = base
    self.size = size
    descriptor = fd
  }

  deinit {
    unsafe munmap(base, size)
    close(descriptor)
  }

  /// For system calls that write into it.
  func address(of range: Range<Int>) -> UnsafeMutableRawPointer {
    check(range)
    return unsafe base + range.lowerBound
  }

  /// Lends a part of it. Whoever has a number from there has to check it.
  package func withBytes<Value, Failure>(
    _ range: Range<Int>, _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    check(range)
    let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
    return try body(unsafe Span(_unsafeStart: start, count: range.count))
  }

  /// The number at a place that can be divided by 8.
  package func number(at place: Int) -> UInt64 {
    check(place..<place + 8)
    return unsafe base.load(fromByteOffset: place, as: UInt64.self)
  }

  /// Stores a number after all that was stored before, also for whoever finds the memory after this process was killed.
  package func store(_ number: UInt64, at place: Int) {
    check(place..<place + 8)
    unsafe linux_store(base + place, number)
  }

  package func copy(_ bytes: borrowing Span<UInt8>, to place: Int) {
    check(place..<place + bytes.count)
    unsafe bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        unsafe (base + place).copyMemory(from: start, byteCount: bytes.count)
      }
    }
  }

  /// Gives memory back to the machine; what stood there is zero then.
  package func discard(_ range: Range<Int>) {
    check(range)
    let start = unsafe base + range.lowerBound
    guard unsafe madvise(start, range.count, MADV_REMOVE) != 0 else { return }
    // Such as where pages are larger.
    unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: range.count)
  }

  private func check(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= size, "no such place in shared memory")
  }
}
