/// Finds serials that never came.
///
/// All records of one event share a serial, and two CPUs may pass each other, so a serial counts as missing only when it has
/// left a window of the latest ones without having been seen.
package struct SerialWindow: Sendable {
  /// A bit for each of the latest serials, at their remainder.
  private var seen = [UInt64](repeating: 0, count: size / 64)
  /// The serials of the window are those from `start` and below `next`, but at most `size`.
  private var start: UInt64 = 0
  private var next: UInt64 = 0
  private var hasBegun = false

  /// Serials that left the window unseen.
  package private(set) var missing: UInt64 = 0

  /// A CPU may be kept from passing on its record for a few hundredths of a second.
  package static let size = 1 << 14

  package init() {}

  /// Takes note of a serial of the kernel's, which have 32 bits and begin anew. One that comes after it left the window is
  /// passed over.
  package mutating func see(_ number: UInt64) {
    let number = UInt32(truncatingIfNeeded: number)
    if !hasBegun {
      hasBegun = true
      // There is room below for one that is later than the first.
      start = 1 << 32 | UInt64(number)
      next = start
    }
    // The nearest that ends so.
    let serial =
      next &+ UInt64(bitPattern: Int64(Int32(bitPattern: number &- UInt32(truncatingIfNeeded: next))))
    if serial >= next {
      if serial - start >= UInt64(Self.size) { leave(upTo: serial - UInt64(Self.size) + 1) }
      next = serial + 1
    }
    if serial >= start { seen[Self.word(serial)] |= Self.bit(serial) }
  }

  /// Counts what is missing in all of the window, because nothing more comes for now, and begins anew behind it.
  package mutating func settle() {
    leave(upTo: next)
  }

  private mutating func leave(upTo end: UInt64) {
    // Of what was never in the window nothing was seen.
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
