/// Finds serial numbers that never arrive.
///
/// All records of one event share a serial number, and records of two CPUs may arrive out of order. A serial number therefore counts as
/// missing only if it leaves a window of the latest ones without having been seen.
package struct SerialWindow: Sendable {
  /// One bit per serial number in the window, at the number modulo `size`.
  private var seen = [UInt64](repeating: 0, count: size / 64)
  /// The window has the serial numbers from `start` to below `next`, at most `size` of them.
  private var start: UInt64 = 0
  private var next: UInt64 = 0
  private var hasBegun = false

  /// The number of serial numbers that left the window unseen.
  package private(set) var missing: UInt64 = 0

  /// Large enough for a CPU that is delayed by a few hundredths of a second in passing on its record.
  package static let size = 1 << 14

  package init() {}

  /// Records a serial number of the kernel, which has 32 bits and wraps. A number that has already left the window is ignored.
  package mutating func see(_ number: UInt64) {
    let number = UInt32(truncatingIfNeeded: number)
    if !hasBegun {
      hasBegun = true
      // The offset leaves space below the first number for an earlier one that arrives later.
      start = 1 << 32 | UInt64(number)
      next = start
    }
    // The nearest 64-bit number with these lower 32 bits.
    let serial =
      next &+ UInt64(bitPattern: Int64(Int32(bitPattern: number &- UInt32(truncatingIfNeeded: next))))
    if serial >= next {
      if serial - start >= UInt64(Self.size) { advance(to: serial - UInt64(Self.size) + 1) }
      next = serial + 1
    }
    if serial >= start { seen[Self.word(serial)] |= Self.bit(serial) }
  }

  /// Counts all missing numbers in the window, because no more records are arriving for now, and starts a new window after it.
  package mutating func settle() {
    advance(to: next)
  }

  private mutating func advance(to end: UInt64) {
    // Numbers beyond `next` were never in the window, so none of them was seen.
    let known = min(end, next)
    while start < known {
      if seen[Self.word(start)] & Self.bit(start) == 0 { missing += 1 }
      seen[Self.word(start)] &= ~Self.bit(start)
      start += 1
    }
    missing += end - start
    start = end
    next = max(next, end)
  }

  private static func word(_ serial: UInt64) -> Int { Int(serial % UInt64(size)) / 64 }
  private static func bit(_ serial: UInt64) -> UInt64 { 1 << (serial % 64) }
}
