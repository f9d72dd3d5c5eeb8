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
