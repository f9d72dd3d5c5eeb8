/// A line's keys, named as they are written there.
package enum LineKey: Int, CaseIterable {
  case type, node, namespace, pod, container, executable, pid, syscallID, syscallName
  case arch, action, signal, uid, gid, comm
  case podUID, containerID, runtime, unit, attribution, reason
  case code, auid, ses, ip, compat, subj
  case count, `where`, place, suppressed
}

/// Puts keys and values into lines. The keys are ready to be copied, with what stands around them: ` pid=` or `,"pid":`.
struct LineKeys: Sendable {
  /// At most 16 bytes, which are stored in one go: so few are not worth a call to copy them.
  private struct Text {
    var bytes = SIMD16<UInt8>()
    var count = 0
  }

  private let quoting: Quoting
  private let texts: [Text]

  init(style: RecordFormat.Style) {
    quoting = style.quoting
    texts = LineKey.allCases.map { key in
      var text = Text()
      let whole = style == .json ? ",\"\(key)\":" : " \(key)="
      for byte in whole.utf8 {
        text.bytes[text.count] = byte
        text.count += 1
      }
      return text
    }
  }

  /// Appends a key alone: its value follows.
  @inline(__always)
  func put(_ key: LineKey, to buffer: inout LineBuffer) {
    let text = texts[key.rawValue]
    buffer.append(first: text.count, of: text.bytes)
  }

  @inline(__always)
  func put(_ key: LineKey, _ value: Int64, to buffer: inout LineBuffer) {
    put(key, to: &buffer)
    buffer.append(decimal: value)
  }

  /// For what is a word or a number in hexadecimal.
  @inline(__always)
  func put(_ key: LineKey, to buffer: inout LineBuffer, _ value: (inout LineBuffer) -> Void) {
    put(key, to: &buffer)
    buffer.append(UInt8(ascii: "\""))
    value(&buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  func put(_ key: LineKey, _ value: String, to buffer: inout LineBuffer) {
    put(key, to: &buffer)
    buffer.append(value, quoting: quoting)
  }
}
