/// A container's or pod sandbox's ID as containerd, CRI-O and cri-dockerd make them: 64 lower-case hexadecimal digits.
///
/// Kept as 32 bytes: comparing or copying one touches no heap.
package struct ContainerID: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64)

  /// Reads exactly 64 digits; nil for anything else.
  package init?(_ digits: some Collection<UInt8>) {
    guard digits.count == 64 else { return nil }
    var words: [4 of UInt64] = [0, 0, 0, 0]
    for (index, digit) in digits.enumerated() {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(value)
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// Reads exactly 64 digits; nil for anything else.
  package init?(_ text: some StringProtocol) { self.init(text.utf8) }

  package static func == (a: Self, b: Self) -> Bool { a.words == b.words }

  package func hash(into hasher: inout Hasher) {
    // IDs are random: a part tells them apart, and the hasher is seeded.
    hasher.combine(words.0)
    hasher.combine(words.3)
  }
}

extension ContainerID: CustomStringConvertible {
  /// The 64 digits.
  package var description: String {
    [words.0, words.1, words.2, words.3].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
