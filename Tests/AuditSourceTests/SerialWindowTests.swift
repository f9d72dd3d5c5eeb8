import AuditSource
import TestSupport
import Testing

@Suite struct SerialWindowTests {
  @Test("Serials that never come are counted once the window has left them behind, or is settled")
  func missing() {
    var window = SerialWindow()
    for serial in [1000, 1001, 1004, 1005] as [UInt64] { window.see(serial) }
    #expect(window.missing == 0)
    window.settle()
    #expect(window.missing == 2)
    window.see(1008)
    window.settle()
    #expect(window.missing == 4)
  }

  @Test("Serials that come late, twice or from before the first are not missing")
  func disorder() {
    var window = SerialWindow()
    for serial in [10, 12, 12, 11, 11, 13, 5] as [UInt64] { window.see(serial) }
    window.settle()
    #expect(window.missing == 0)
  }

  @Test("A leap over more than the window counts all that was passed over")
  func leap() {
    var window = SerialWindow()
    window.see(1)
    window.see(1 << 30)
    window.settle()
    #expect(window.missing == 1 << 30 - 2)
  }

  @Test("The kernel's serials have 32 bits: after the highest they go on from 0")
  func wrap() {
    var window = SerialWindow()
    let highest = UInt64(UInt32.max)
    for serial in [highest - 1, 1, 0, 3, highest - 2] { window.see(serial) }
    window.settle()
    // The highest, and 2.
    #expect(window.missing == 2)
    window.see(highest / 2)
    window.see(highest)
    window.see(2)
    window.settle()
    #expect(window.missing == 1 << 32 - 2)
  }

  @Test("With random losses and disorder the count is exact", arguments: 1...20 as ClosedRange<UInt64>)
  func random(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var serials: [UInt64] = []
    var lost: UInt64 = 0
    for serial in 1_000..<60_000 as Range<UInt64> {
      if serial > 1_100, serial < 59_900, Int.random(in: 0..<50, using: &random) == 0 {
        lost += 1
      } else {
        serials.append(serial)
      }
    }
    for index in stride(from: 200, to: serials.count - 200, by: 7) {
      serials.swapAt(index, index + Int.random(in: 0..<100, using: &random))
    }
    var window = SerialWindow()
    for serial in serials { window.see(serial) }
    window.settle()
    #expect(window.missing == lost)
  }
}
