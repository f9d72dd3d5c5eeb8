extension String {
  /// For messages: what could move a terminal's cursor, turn text around or end a line stands there as an escape, `\u{202E}`.
  package var escaped: String {
    guard unicodeScalars.contains(where: { !$0.isPrintable }) else { return self }
    return unicodeScalars.map { $0.isPrintable ? String($0) : $0.escaped(asASCII: true) }.joined()
  }

  /// Likewise, and short.
  package var printable: String { String(String.UnicodeScalarView(unicodeScalars.prefix(80))).escaped }
}
