import AuditRecord
import AuditSource
import EnrichedLog
import FoundationEssentials
import SyscallNames

/// Makes lines out of payloads.
struct Rendering {
  var style = RecordFormat.Style.klog
  var fields = RecordFormat.Fields.full
  var node = "worker-1"
  var owner = RecordOwner()

  /// The line of one payload, with its line feed.
  func bytes(_ payload: [UInt8], lineNode: [UInt8]? = nil) throws -> [UInt8] {
    try lines([payload], lineNode: lineNode)[0]
  }

  /// The lines of some payloads, each after the others of the same format.
  func lines(_ payloads: [[UInt8]], lineNode: [UInt8]? = nil) throws -> [[UInt8]] {
    var format = RecordFormat(style: style, fields: fields, node: node)
    format.setTime(seconds: 1_715_847_187, microseconds: 654_039)
    if let lineNode { format.setNode(of: lineNode.span) }
    var syscalls = SyscallTable()
    var buffer = LineBuffer()
    let owner = format.render(owner)
    return try payloads.map { payload in
      let record = try SeccompRecord(parsing: payload.span)
      buffer.removeAll()
      format.append(
        record, text: payload.span, hasOwnNode: lineNode != nil, owner: owner,
        syscalls: &syscalls, to: &buffer)
      return Self.copy(buffer)
    }
  }

  func text(_ payload: String) throws -> String {
    String(decoding: try bytes(Array(payload.utf8)), as: UTF8.self)
  }

  /// What stands behind klog's header.
  func body(_ payload: String) throws -> String {
    let line = try text(payload)
    guard let end = line.firstRange(of: "] ") else { return line }
    return String(line[end.upperBound...])
  }

  /// The line that reports a loss.
  func loss(
    _ count: UInt64, place: LossPlace = .socket,
    at stamp: AuditStamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
  ) -> String {
    warning { $0.append(lost: count, place: place, at: stamp, to: &$1) }
  }

  /// The line that reports how many of the owner's records were left out.
  func suppression(_ count: UInt64) -> String {
    warning { format, buffer in
      let stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
      format.append(suppressed: count, owner: format.render(owner), at: stamp, to: &buffer)
    }
  }

  private func warning(_ append: (inout RecordFormat, inout LineBuffer) -> Void) -> String {
    var format = RecordFormat(style: style, fields: fields, node: node)
    format.setTime(seconds: 1_715_847_187, microseconds: 654_039)
    var buffer = LineBuffer()
    append(&format, &buffer)
    return String(decoding: Self.copy(buffer), as: UTF8.self)
  }

  private static func copy(_ buffer: borrowing LineBuffer) -> [UInt8] {
    buffer.withBytes { bytes in bytes.indices.map { bytes[$0] } }
  }

  /// The values of a JSON line, by their keys.
  func json(_ payload: String) throws -> [String: JSONValue] {
    try Self.decode(bytes(Array(payload.utf8)))
  }

  static func decode(_ bytes: [UInt8]) throws -> [String: JSONValue] {
    try JSONDecoder().decode([String: JSONValue].self, from: Data(bytes))
  }
}

/// A value of a line: these have no others.
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
