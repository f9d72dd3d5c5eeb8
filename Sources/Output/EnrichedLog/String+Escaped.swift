extension String {
  /// The text for messages. Characters that could move a terminal's cursor, reverse text or end a line become escapes such as `\u{202E}`.
  package var escaped: String {
    guard unicodeScalars.contains(where: { !$0.isPrintable }) else { return self }
    return unicodeScalars.map { $0.isPrintable ? String($0) : $0.escaped(asASCII: true) }.joined()
  }

  /// The same for the first 80 characters.
  package var printable: String { String(String.UnicodeScalarView(unicodeScalars.prefix(80))).escaped }
}
