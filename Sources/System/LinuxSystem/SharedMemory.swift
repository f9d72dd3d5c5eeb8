internal import CLinuxAudit
internal import Glibc
package import SystemPackage

/// Memory in an anonymous file. It exists as long as any process has the file open, even after this process was killed.
///
/// The parameter `offset` is in bytes from the start. An offset outside the memory is a programming error and ends the program.
@safe
package final class SharedMemory {
  package let descriptor: Int32
  package let size: Int
  // Mapped readable and writable by init, with a size that cannot change; unmapped by deinit.
  private let base: UnsafeMutableRawPointer

  /// Creates memory full of zeros. It occupies only pages that have been used. `name` is for diagnostics.
  package convenience init(name: String, size: Int) throws(Errno) {
    let fd = unsafe linux_memory_open(name, size)
    guard fd >= 0 else { throw .last }
    try self.init(mapping: fd, size: size)
  }

  /// Adopts memory that another process created; nil if it has another size, or one that can change. It contains whatever that process
  /// left.
  package convenience init?(adopting fd: Int32, size: Int) {
    guard linux_memory_has_size(fd, size) != 0 else {
      close(fd)
      return nil
    }
    try? self.init(mapping: fd, size: size)
  }

  /// What the next run has to find in memory that it adopts. The first 16 bytes of the memory are the format's.
  package struct Format: Sendable {
    fileprivate let magic: UInt64
    fileprivate let version: UInt64

    /// `magic` stands for the memory's purpose, and `version` for the place and meaning of all that it contains.
    package init(magic: UInt64, version: UInt64) { (self.magic, self.version) = (magic, version) }
  }

  /// Creates memory of a format.
  package convenience init(name: String, size: Int, format: Format) throws(Errno) {
    try self.init(name: name, size: size)
    store(format.magic, at: 0)
    store(format.version, at: 8)
  }

  /// Adopts memory that another process created; nil also if that has another format.
  package convenience init?(adopting fd: Int32, size: Int, format: Format) {
    self.init(adopting: fd, size: size)
    guard has(format) else { return nil }
  }

  /// Whether another process left memory of this format.
  package func has(_ format: Format) -> Bool {
    number(at: 0) == format.magic && number(at: 8) == format.version
  }

  /// Maps `fd`, and closes it on failure.
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

  /// The address of a range, for system calls that write to it.
  func address(of range: Range<Int>) -> UnsafeMutableRawPointer {
    check(range)
    return unsafe base + range.lowerBound
  }

  /// Lends a part of the memory. Numbers that are read from it must be validated.
  package func withBytes<Value, Failure>(
    _ range: Range<Int>, _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    check(range)
    let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
    return try body(unsafe Span(_unsafeStart: start, count: range.count))
  }

  /// Reads the number at an offset that is a multiple of 8.
  package func number(at offset: Int) -> UInt64 {
    check(offset..<offset + 8)
    return unsafe base.load(fromByteOffset: offset, as: UInt64.self)
  }

  /// Stores a number. A process that reads it, even after this process was killed, also sees everything that was stored before.
  package func store(_ number: UInt64, at offset: Int) {
    check(offset..<offset + 8)
    unsafe linux_store(base + offset, number)
  }

  /// All numbers, without the reference to their owner, which has to outlive them.
  package var numbers: SharedNumbers {
    unsafe SharedNumbers(base: base.assumingMemoryBound(to: UInt64.self), count: size / 8)
  }

  package func copy(_ bytes: borrowing Span<UInt8>, to offset: Int) {
    check(offset..<offset + bytes.count)
    unsafe bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        unsafe (base + offset).copyMemory(from: start, byteCount: bytes.count)
      }
    }
  }

  /// Returns memory to the system. The range contains zeros afterwards.
  package func discard(_ range: Range<Int>) {
    check(range)
    let start = unsafe base + range.lowerBound
    guard unsafe madvise(start, range.count, MADV_REMOVE) != 0 else { return }
    // madvise(2) fails, for example, if the range is not aligned to larger pages.
    unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: range.count)
  }

  private func check(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= size, "an offset outside the shared memory")
  }
}
