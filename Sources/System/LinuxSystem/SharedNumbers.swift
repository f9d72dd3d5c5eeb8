internal import Glibc

/// The numbers in shared memory, for code that has no time for more than a check of the index. The memory's owner has to keep it.
@safe
@usableFromInline
package struct SharedNumbers {
  @usableFromInline let base: UnsafeMutablePointer<UInt64>
  /// How many numbers there are.
  @usableFromInline package let count: Int

  /// `base` has so many numbers, as long as this value is used.
  @unsafe
  init(base: UnsafeMutablePointer<UInt64>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  @inlinable
  package subscript(index: Int) -> UInt64 {
    @inline(__always) get {
      precondition(index >= 0 && index < count, "an index outside the shared memory")
      return unsafe base[index]
    }
    @inline(__always) nonmutating set {
      precondition(index >= 0 && index < count, "an index outside the shared memory")
      unsafe base[index] = newValue
    }
  }
}

extension SharedNumbers {
  /// Copies bytes to an offset in bytes.
  @inline(__always)
  package func copy(_ bytes: borrowing Span<UInt8>, toByte offset: Int) {
    check(offset, bytes.count)
    unsafe bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        unsafe (UnsafeMutableRawPointer(base) + offset).copyMemory(from: start, byteCount: bytes.count)
      }
    }
  }

  /// Copies a literal to an offset in bytes.
  package func copy(_ literal: StaticString, toByte offset: Int) {
    check(offset, literal.utf8CodeUnitCount)
    // A literal's bytes are never freed.
    unsafe (UnsafeMutableRawPointer(base) + offset).copyMemory(
      from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
  }

  /// The number of two bytes at an offset in bytes.
  @inline(__always)
  package func short(atByte offset: Int) -> Int {
    check(offset, 2)
    return unsafe Int(UnsafeRawPointer(base).loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(__always)
  package func store(short number: Int, atByte offset: Int) {
    check(offset, 2)
    unsafe UnsafeMutableRawPointer(base).storeBytes(
      of: UInt16(truncatingIfNeeded: number), toByteOffset: offset, as: UInt16.self)
  }

  /// Whether the bytes at an offset in bytes equal those of `text` in `range`.
  @inline(__always)
  package func hasBytes(of text: borrowing Span<UInt8>, in range: Range<Int>, atByte offset: Int) -> Bool {
    check(offset, range.count)
    return unsafe text.extracting(range).withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return true }
      return unsafe memcmp(start, UnsafeRawPointer(base) + offset, bytes.count) == 0
    }
  }

  @inline(__always)
  private func check(_ offset: Int, _ length: Int) {
    precondition(
      offset >= 0 && length >= 0 && offset <= count * 8 - length, "an offset outside the shared memory")
  }
}
