/// The fields of a SECCOMP record that are read. The raw value is the key's ASCII bytes, the first one highest.
// See: audit_seccomp() and audit_log_task() in kernel/auditsc.c
enum FieldKey: UInt64 {
  case auid = 0x6175_6964
  case uid = 0x75_6964
  case gid = 0x67_6964
  case ses = 0x73_6573
  case subj = 0x7375_626a
  case pid = 0x70_6964
  case comm = 0x636f_6d6d
  case exe = 0x65_7865
  case sig = 0x73_6967
  case arch = 0x6172_6368
  case syscall = 0x0073_7973_6361_6c6c
  case compat = 0x636f_6d70_6174
  case ip = 0x6970
  case code = 0x636f_6465
}

/// Walks over the `key=value` fields of a record's text.
///
/// It holds a position and no bytes: the text is lent to each call.
struct FieldScanner {
  /// Where the next field, or the space before it, stands.
  var position: Int

  /// One field: its key's bytes packed as in `FieldKey` (0 for keys of more than eight), and where its value stands.
  struct Field {
    var key: UInt64
    var value: Range<Int>
  }

  /// Separates the record from what auditd's ENRICHED format appends to it.
  static let enrichmentSeparator: UInt8 = 0x1d

  /// The next field, or nil at the end of the record.
  mutating func next(in text: borrowing Span<UInt8>) throws(MalformedRecord) -> Field? {
    var cursor = position
    while cursor < text.count, text[cursor] == UInt8(ascii: " ") { cursor += 1 }
    guard cursor < text.count, text[cursor] != Self.enrichmentSeparator else {
      position = cursor
      return nil
    }

    var key: UInt64 = 0
    let keyStart = cursor
    while true {
      guard cursor < text.count else { throw .truncated }
      let byte = text[cursor]
      if byte == UInt8(ascii: "=") { break }
      guard byte > 0x20, byte < 0x7f else { throw .noField }
      key = key << 8 | UInt64(byte)
      cursor += 1
    }
    if cursor - keyStart > 8 { key = 0 }
    cursor += 1

    let valueStart = cursor
    if key == FieldKey.subj.rawValue {
      cursor = Self.endOfSubject(in: text, from: valueStart)
    } else if cursor < text.count, text[cursor] == UInt8(ascii: "\"") {
      // The kernel writes text with a quote in it as hexadecimal digits, so the next one ends the value.
      guard let quote = text.firstIndex(of: UInt8(ascii: "\""), in: cursor + 1..<text.count) else {
        throw .truncated
      }
      cursor = quote + 1
    } else {
      while cursor < text.count, text[cursor] > 0x20 { cursor += 1 }
    }
    position = cursor
    return Field(key: key, value: valueStart..<cursor)
  }

  /// A security context is not quoted and may hold spaces: `subj==cri-containerd.apparmor.d (enforce) pid=`.
  ///
  /// Of what follows it nothing can hold a space, so the last ` pid=` of the record is the true one, whatever the
  /// context's own text looks like.
  private static func endOfSubject(in text: borrowing Span<UInt8>, from start: Int) -> Int {
    let end = text.firstIndex(of: enrichmentSeparator, in: start..<text.count) ?? text.count
    if let pid = text.lastIndex(of: " pid=", in: start..<end) { return pid }
    return text.firstIndex(of: UInt8(ascii: " "), in: start..<end) ?? end
  }
}
