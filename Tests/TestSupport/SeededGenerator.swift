/// Random numbers that are the same in every run. See: xorshift64* of Vigna
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) {
    // The state must not be 0, and similar seeds must not begin alike.
    state = (seed &+ 1) &* 0x9e37_79b9_7f4a_7c15 | 1
  }

  public mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
