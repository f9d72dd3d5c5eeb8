import AuditSource
import Testing

@Suite struct KernelLossesTests {
  @Test(
    "The kernel's 32-bit counter is evaluated correctly after it wraps or is reset",
    arguments: [
      (0, 0, 0), (5, 12, 7), (.max - 1, 3, 5), (1 << 31, 1 << 31 + 2, 2), (1000, 7, 7), (1000, 0, 0),
    ] as [(UInt32, UInt32, UInt64)])
  func lost(before: UInt32, now: UInt32, lost: UInt64) {
    #expect(KernelLosses.lost(from: before, to: now) == lost)
  }
}
