/// One decoded piece of bytes that should be UTF-8: a character, or an invalid byte.
struct UTF8Piece {
  /// nil for an invalid byte.
  var scalar: Unicode.Scalar?
  var length: Int

  /// Decodes the bytes at `index`, as Go's utf8.DecodeRune does: each byte of an invalid sequence is a separate piece.
  // See: table 3-7 of the Unicode Standard
  init(_ bytes: borrowing Span<UInt8>, at index: Int) {
    let first = bytes[index]
    let (length, least, initial): (Int, UInt32, UInt32)
    switch first {
    case 0x00...0x7f: (length, least, initial) = (1, 0, UInt32(first))
    case 0xc2...0xdf: (length, least, initial) = (2, 0x80, UInt32(first & 0x1f))
    case 0xe0...0xef: (length, least, initial) = (3, 0x800, UInt32(first & 0x0f))
    case 0xf0...0xf4: (length, least, initial) = (4, 0x10000, UInt32(first & 0x07))
    default: (length, least, initial) = (0, 0, 0)
    }
    scalar = nil
    self.length = 1
    guard length > 0, length <= bytes.count - index else { return }
    var value = initial
    for offset in 1..<max(length, 1) {
      let byte = bytes[index + offset]
      guard byte & 0xc0 == 0x80 else { return }
      value = value << 6 | UInt32(byte & 0x3f)
    }
    guard value >= least, let scalar = Unicode.Scalar(value) else { return }
    self.scalar = scalar
    self.length = length
  }
}
