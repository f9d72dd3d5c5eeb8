internal import AuditRecord
internal import AuditSource
internal import BasicContainers

/// Renders lines of one format.
struct LineSink<Format: LineFormat & ~Copyable>: ~Copyable {
  var lines = LineBuffer()
  var format = Format()
  private let level: Field.Level
  /// The rendered key and name of this node.
  let node: [UInt8]
  /// The rendered key and name of another node, for the next record only; empty if there is none.
  private var nextNode: [UInt8] = []
  /// The rendered fields of all owners.
  var owners = LineBuffer()
  private var syscallTexts: SyscallTexts<Format>
  /// The decoded bytes of a text that a record has in hexadecimal digits.
  private var decoded = UniqueArray<UInt8>()

  init(level: Field.Level, node: String) {
    self.level = level
    self.node = Self.render(node: Array(node.utf8).span)
    syscallTexts = SyscallTexts(level: level)
  }

  mutating func setTime(seconds: Int64, microseconds: Int64) {
    format.setTime(seconds: seconds, microseconds: microseconds)
  }

  // MARK: What is rendered once

  mutating func render(_ owner: RecordOwner) -> RenderedOwner {
    var rendered = RenderedOwner()
    // The functions below append to `lines`.
    swap(&lines, &owners)
    rendered.start = lines.count
    lines.append(node)
    rendered.names = lines.count
    rendered.rest = lines.count
    owner.forEachField { field, value in
      if let value { put(field, value) }
      if field.level == .basic { rendered.rest = lines.count }
    }
    rendered.end = lines.count
    swap(&lines, &owners)
    return rendered
  }

  mutating func forgetOwners() { owners.removeAll() }

  mutating func setNode(of name: borrowing Span<UInt8>) { nextNode = Self.render(node: name) }

  private static func render(node name: borrowing Span<UInt8>) -> [UInt8] {
    var buffer = LineBuffer()
    buffer.append(Format.beforeKey, "node", Format.afterKey)
    buffer.append(name, quoting: Format.quoting)
    return Array(copying: buffer)
  }

  // MARK: Lines

  @inline(__always)
  mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner
  ) {
    put(&record, text, of: owner)
    lines.append(Format.end)
  }

  /// Appends the line of several records, of which this is the last one.
  @inline(never)
  mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner, _ count: RecordCount
  ) {
    put(&record, text, of: owner)
    put(CountField.count, count.count)
    put(CountField.firstTimestamp, count.first.text)
    lines.append(Format.end)
  }

  @inline(__always)
  private mutating func put<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner
  ) {
    format.begin(at: record.stamp, &lines)
    lines.append(text.extracting(record.stampText))
    lines.append("\"", Format.beforeKey, "type", Format.afterKey, "\"", Kind.name, "\"")
    if let field = Kind.emptyField { put(field, word: "") }
    if nextNode.isEmpty {
      owners.append(owner.start..<owner.rest, to: &lines)
    } else {
      lines.append(nextNode)
      nextNode.removeAll()
      owners.append(owner.names..<owner.rest, to: &lines)
    }
    record.write(text, to: &self)
    owners.append(owner.rest..<owner.end, to: &lines)
    if Format.hasDetails, level == .full { record.writeDetails(text, to: &self) }
  }

  // MARK: Fields of owners and losses

  mutating func put(_ field: Field, _ value: String) {
    guard has(field.level) else { return }
    putKey(field)
    lines.append(value, quoting: Format.quoting)
  }

  mutating func put(_ field: Field, _ number: UInt64) {
    putKey(field)
    lines.append(decimal: number)
  }

  @inline(__always)
  private mutating func putKey(_ field: Field) {
    lines.append(Format.beforeKey, field.key, Format.afterKey)
  }
}

extension LineSink: FieldSink where Format: ~Copyable {
  @inline(__always)
  func has(_ level: Field.Level) -> Bool { level == .basic || self.level == .full }

  @inline(__always)
  mutating func put(_ field: Field, _ number: Int64) {
    guard has(field.level) else { return }
    putKey(field)
    lines.append(decimal: number)
  }

  @inline(__always)
  mutating func put(
    _ field: Field, copying value: Range<Int>, _ quotes: ValueQuotes, in text: borrowing Span<UInt8>
  ) {
    guard has(field.level) else { return }
    if quotes == .added {
      lines.append(Format.beforeKey, field.key, Format.afterKey, "\"")
      lines.append(text.extracting(value))
      return lines.append(UInt8(ascii: "\""))
    }
    let quote = quotes == .ofRecord ? 1 : 0
    if Format.isOfRecords {
      // The space, the key, the equals sign and the value are copied at once.
      let start = value.lowerBound - quote - 2 - field.key.utf8CodeUnitCount
      if start >= 0, text[start] == UInt8(ascii: " ") {
        return lines.append(text.extracting(start..<value.upperBound + quote))
      }
    }
    putKey(field)
    lines.append(text.extracting(value.lowerBound - quote..<value.upperBound + quote))
  }

  mutating func put(recordKey key: Range<Int>, value: Range<Int>, in text: borrowing Span<UInt8>) {
    let key = text.extracting(key)
    lines.append(Format.beforeKey)
    if LineKeys.contains(key) { lines.append("record_") }
    lines.append(key)
    lines.append(Format.afterKey)
    lines.append(text.extracting(value), quoting: Format.quoting)
  }

  @inline(__always)
  mutating func put(_ field: Field, hexadecimal number: UInt64) {
    guard has(field.level) else { return }
    putKey(field)
    lines.append(UInt8(ascii: "\""))
    lines.append(hexadecimal: number)
    lines.append(UInt8(ascii: "\""))
  }

  @inline(__always)
  mutating func put(_ field: Field, word: StaticString) {
    guard has(field.level) else { return }
    putKey(field)
    lines.append("\"", word, "\"")
  }

  @inline(__always)
  mutating func put(_ field: Field, signal: Int32) {
    guard has(field.level) else { return }
    putKey(field)
    lines.append(UInt8(ascii: "\""))
    SignalName.append(signal, to: &lines)
    lines.append(UInt8(ascii: "\""))
  }

  @inline(__always)
  mutating func put(_ field: Field, _ value: RecordText, in text: borrowing Span<UInt8>) {
    guard has(field.level) else { return }
    putKey(field)
    switch value.encoding {
    case .plain where value.isVerbatim:
      // The quotes are copied from the record.
      lines.append(text.extracting(value.range.lowerBound - 1..<value.range.upperBound + 1))
    case .plain: lines.append(text.extracting(value.range), quoting: Format.quoting)
    case .missing: lines.append("\"\"")
    case .hexadecimal:
      decoded.removeAll(keepingCapacity: decoded.capacity <= 1 << 16)
      value.decode(text, into: &decoded)
      lines.append(decoded, quoting: Format.quoting)
    }
  }

  mutating func put(_ field: Field, bytes: borrowing Span<UInt8>) {
    guard has(field.level) else { return }
    putKey(field)
    lines.append(bytes, quoting: Format.quoting)
  }

  @inline(__always)
  mutating func put(syscall number: Int64, arch: UInt32) {
    syscallTexts.append(number, arch: arch, to: &lines)
  }
}

extension RecordText {
  /// Appends the bytes that pairs of hexadecimal digits represent.
  func decode(_ text: borrowing Span<UInt8>, into bytes: inout UniqueArray<UInt8>) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      // The parser accepted only an even number of hexadecimal digits.
      bytes.append((text[index].hexDigitValue ?? 0) << 4 | (text[index + 1].hexDigitValue ?? 0))
    }
  }
}
