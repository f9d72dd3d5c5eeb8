/// The ID of a container or pod sandbox as containerd, CRI-O and cri-dockerd create it: 64 lower-case hexadecimal digits.
///
/// It is stored as 32 bytes, so comparing or copying an ID does not touch the heap.
package struct ContainerID: Hashable, Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64)

  /// Parses exactly 64 digits; nil for any other text.
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

  /// Parses exactly 64 digits; nil for any other text.
  package init?(_ text: some StringProtocol) { self.init(text.utf8) }

  package static func == (a: Self, b: Self) -> Bool { a.words == b.words }

  package func hash(into hasher: inout Hasher) {
    // IDs are random, so a part suffices to distinguish them, and the hasher is seeded.
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
