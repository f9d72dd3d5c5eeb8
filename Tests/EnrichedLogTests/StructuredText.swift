/// A line of klog's structured text, parsed strictly.
struct StructuredText: Equatable {
  var header: String
  var message: String
  /// The keys and values in the order of the line.
  var pairs: [Pair] = []

  struct Pair: Equatable {
    var key: String
    var value: String
  }

  var keys: [String] { pairs.map(\.key) }

  /// Parses a line; nil unless it is exactly one line of that form, with its line feed.
  init?(_ line: String) {
    let scalars = Array(line.unicodeScalars)
    guard scalars.last == "\n", !scalars.dropLast().contains(where: { $0 == "\n" || $0 == "\r" }) else {
      return nil
    }
    var rest = scalars.dropLast()[...]
    guard let bracket = rest.firstIndex(of: "]") else { return nil }
    header = Self.text(rest[...bracket])
    rest = rest[(bracket + 1)...]
    guard rest.popFirst() == " ", let message = Self.readValue(&rest) else { return nil }
    self.message = message
    while !rest.isEmpty {
      guard rest.popFirst() == " ", let equals = rest.firstIndex(of: "=") else { return nil }
      let key = Self.text(rest[..<equals])
      guard key.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
      rest = rest[(equals + 1)...]
      guard let value = Self.readValue(&rest) else { return nil }
      pairs.append(Pair(key: key, value: value))
    }
  }

  /// Parses a quoted string up to its closing quote, or a number.
  private static func readValue(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
    let start = rest.startIndex
    guard rest.first == "\"" else {
      let end = rest.firstIndex(of: " ") ?? rest.endIndex
      let value = text(rest[..<end])
      rest = rest[end...]
      return Int64(value) == nil ? nil : value
    }
    var index = start + 1
    while index < rest.endIndex, rest[index] != "\"" { index += rest[index] == "\\" ? 2 : 1 }
    guard index < rest.endIndex else { return nil }
    defer { rest = rest[(index + 1)...] }
    return text(rest[start...index])
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}
