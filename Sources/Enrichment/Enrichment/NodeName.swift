/// The name of a node in any of the forms that logs use: `worker-1` or `worker-1.example.com`, in upper or lower case.
struct NodeName {
  private let bytes: [UInt8]

  init(_ name: String) { bytes = Array(name.utf8) }

  /// Whether another name is equal to this one, or one of the two is the short form of the other. An IP address has no short form.
  func isSame(as name: borrowing Span<UInt8>) -> Bool {
    let shared = min(bytes.count, name.count)
    guard shared > 0 else { return false }
    for index in 0..<shared
    where Self.lowercased(bytes[index]) != Self.lowercased(name[index]) { return false }
    if bytes.count == name.count { return true }
    let next = bytes.count > shared ? bytes[shared] : name[shared]
    return next == UInt8(ascii: ".") && bytes[..<shared].contains { Self.lowercased($0) &- 0x61 < 26 }
  }

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
