import AuditRecord
import AuditSource
import EnrichedLog
import FoundationEssentials
import Testing

/// Renders payloads as lines.
struct Rendering {
  var style = RecordFormat.Style.klog
  var fields = RecordFormat.Fields.full
  var node = "worker-1"
  var owner = RecordOwner()

  /// The line of one payload, including its line feed.
  func bytes(_ payload: [UInt8], lineNode: [UInt8]? = nil) throws -> [UInt8] {
    try lines([payload], lineNode: lineNode)[0]
  }

  /// The lines of several payloads, rendered in order by the same format.
  func lines(_ payloads: [[UInt8]], lineNode: [UInt8]? = nil) throws -> [[UInt8]] {
    try lines(payloads, lineNode: lineNode, of: SeccompRecord.self)
  }

  func lines<Kind: RecordKind>(
    _ payloads: [[UInt8]], lineNode: [UInt8]? = nil, of kind: Kind.Type
  ) throws -> [[UInt8]] {
    var format = format
    let owner = format.render(owner)
    return try payloads.map { payload in
      var record = Kind()
      try record.read(payload.span)
      if let lineNode { format.setNode(of: lineNode.span) }
      format.append(&record, payload.span, of: owner)
      return drainLine(of: &format)
    }
  }

  /// The fields of the journal entry of one payload.
  func entry(_ payload: String) throws -> [String] { try entry(payload, of: SeccompRecord.self) }

  func entry<Kind: RecordKind>(_ payload: String, of kind: Kind.Type) throws -> [String] {
    var format = format
    let owner = format.render(owner)
    let bytes = Array(payload.utf8)
    var record = Kind()
    try record.read(bytes.span)
    format.append(&record, bytes.span, of: owner)
    return format.journalEntries[0]
  }

  /// A new format.
  private var format: RecordFormat {
    var format = RecordFormat(style: style, fields: fields, node: node)
    format.setTime(seconds: 1_715_847_187, microseconds: 654_039)
    return format
  }

  /// Removes and returns the appended line; for the journal, the message of the entry.
  private func drainLine(of format: inout RecordFormat) -> [UInt8] {
    defer { format.removeAll() }
    if style == .journald {
      return Array("\(format.journalEntries[0][0].dropFirst("MESSAGE=".count))\n".utf8)
    }
    return format.withLines { bytes in bytes.indices.map { bytes[$0] } }
  }

  func text(_ payload: String) throws -> String {
    String(decoding: try bytes(Array(payload.utf8)), as: UTF8.self)
  }

  /// The part of a line after klog's header.
  func body(_ payload: String) throws -> String { try body(payload, of: SeccompRecord.self) }

  func body<Kind: RecordKind>(_ payload: String, of kind: Kind.Type) throws -> String {
    let line = String(decoding: try lines([Array(payload.utf8)], of: kind)[0], as: UTF8.self)
    guard let end = line.firstRange(of: "] ") else { return line }
    return String(line[end.upperBound...])
  }

  /// The line that reports a loss.
  func loss(
    _ count: UInt64, stage: LossStage = .socket,
    at stamp: AuditStamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
  ) -> String {
    warning { $0.append(lost: count, stage, at: stamp) }
  }

  /// The line that reports how many records of the owner were suppressed.
  func suppression(_ count: UInt64) -> String {
    warning { format in
      let stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
      let owner = format.render(owner)
      format.append(suppressed: count, of: owner, at: stamp)
    }
  }

  private func warning(_ append: (inout RecordFormat) -> Void) -> String {
    var format = format
    append(&format)
    return String(decoding: drainLine(of: &format), as: UTF8.self)
  }

  /// The values of a JSON line by key.
  func json(_ payload: String) throws -> [String: JSONValue] {
    try Self.decode(bytes(Array(payload.utf8)))
  }

  static func decode(_ bytes: [UInt8]) throws -> [String: JSONValue] {
    try JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
  }
}

/// A value of a JSON line, which has only these types.
enum JSONValue: Decodable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case text(String)
  case number(Int64)

  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int64) { self = .number(number) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int64.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }
}
