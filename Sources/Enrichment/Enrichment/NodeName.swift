/// The name of a node, as logs may have it: `worker-1` or `worker-1.example.com`, in capitals or not.
struct NodeName {
  private let bytes: [UInt8]

  init(_ name: String) { bytes = Array(name.utf8) }

  /// Whether a name is this one, or one of them is short for the other.
  func isSame(as name: borrowing Span<UInt8>) -> Bool {
    let shared = min(bytes.count, name.count)
    guard shared > 0 else { return false }
    for index in 0..<shared
    where Self.lowercased(bytes[index]) != Self.lowercased(name[index]) { return false }
    if bytes.count > shared { return bytes[shared] == UInt8(ascii: ".") }
    return name.count == shared || name[shared] == UInt8(ascii: ".")
  }

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
