import AuditSource
import TestSupport
import Testing

@Suite struct SerialWindowTests {
  @Test("Missing serial numbers are counted after they leave the window, or when it is settled")
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

  @Test("Serial numbers that arrive late, twice or from before the first one are not missing")
  func disorder() {
    var window = SerialWindow()
    for serial in [10, 12, 12, 11, 11, 13, 5] as [UInt64] { window.see(serial) }
    window.settle()
    #expect(window.missing == 0)
  }

  @Test("A jump of more than the window counts all skipped serial numbers")
  func leap() {
    var window = SerialWindow()
    window.see(1)
    window.see(1 << 30)
    window.settle()
    #expect(window.missing == 1 << 30 - 2)
  }

  @Test("The kernel's serial numbers have 32 bits and continue with 0 after the highest one")
  func wrap() {
    var window = SerialWindow()
    let highest = UInt64(UInt32.max)
    for serial in [highest - 1, 1, 0, 3, highest - 2] { window.see(serial) }
    window.settle()
    // The highest one and 2 are missing.
    #expect(window.missing == 2)
    window.see(highest / 2)
    window.see(highest)
    window.see(2)
    window.settle()
    #expect(window.missing == 1 << 32 - 2)
  }

  @Test("The count is exact for random losses and random order", arguments: 1...20 as ClosedRange<UInt64>)
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
