extension JSONNode {
  /// The document, with two spaces for each level and one line for each item, so that a change of one item is a change of one line.
  package var pretty: String {
    var text = ""
    write(to: &text, indent: "\n")
    return text + "\n"
  }

  /// The value on one line.
  package var compact: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// `indent` is a line feed and the spaces of this level; nil for one line.
  private func write(to text: inout String, indent: String?) {
    switch value {
    case .null: text += "null"
    case .bool(let isTrue): text += isTrue ? "true" : "false"
    case .number(let digits): text += digits
    case .string(let string): text += string.quotedForJSON
    case .array(let items):
      Self.write(items, "[", "]", to: &text, indent) { $0.write(to: &$1, indent: $2) }
    case .object(let members):
      Self.write(members, "{", "}", to: &text, indent) { member, text, indent in
        text += member.key.quotedForJSON + (indent == nil ? ":" : ": ")
        member.value.write(to: &text, indent: indent)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], _ open: String, _ close: String, to text: inout String, _ indent: String?,
    _ write: (Item, inout String, String?) -> Void
  ) {
    let inner = indent.map { $0 + "  " }
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += "," }
      text += inner ?? ""
      write(item, &text, inner)
    }
    if !items.isEmpty { text += indent ?? "" }
    text += close
  }
}

extension String {
  /// The text as a JSON string, which is also a double-quoted string of YAML. Characters that could end a line are escaped.
  // See: RFC 8259, section 7; YAML 1.2, section 7.3.1
  package var quotedForJSON: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5c: text += "\\\\"
      case 0x0a: text += "\\n"
      case 0x0d: text += "\\r"
      case 0x09: text += "\\t"
      case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
