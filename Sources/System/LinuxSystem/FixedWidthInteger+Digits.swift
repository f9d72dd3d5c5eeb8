extension FixedWidthInteger {
  /// Parses a number; nil for any text that has other characters than digits, such as a sign.
  package init?(digits: Substring) {
    guard let first = digits.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      return nil
    }
    self.init(digits)
  }
}
