package import CRIService
package import GRPCCore
package import SwiftProtobuf

/// A list of pods or containers.
package protocol EntryList: SwiftProtobuf.Message {
  associatedtype Entry: SwiftProtobuf.Message
  /// In both lists field 1, the only one.
  var entries: [Entry] { get set }
}

extension Runtime_V1_ListContainersResponse: EntryList {
  package var entries: [Runtime_V1_Container] {
    get { containers }
    _modify { yield &containers }
  }
}

extension Runtime_V1_ListPodSandboxResponse: EntryList {
  package var entries: [Runtime_V1_PodSandbox] {
    get { items }
    _modify { yield &items }
  }
}

/// Decodes a list of pods or containers entry by entry, and keeps of each only what is needed.
///
/// Decoded, an entry needs several times the memory of its bytes: an empty one some 120 bytes instead of 2, a short label 100 instead of 8.
package struct ListDeserializer<List: EntryList>: MessageDeserializer {
  /// The maximum number of entries. Kubernetes supports 110 pods on a node; 1,000 with ten containers each have 10,000 entries.
  package static var maxEntries: Int { 16_384 }
  /// The maximum number of fields of an entry, each label and each annotation being one. Real entries have some 30.
  package static var maxFields: Int { 4_096 }

  private let reduce: @Sendable (inout List.Entry) -> Void

  /// `reduce` removes what is not needed of an entry.
  package init(reduce: @escaping @Sendable (inout List.Entry) -> Void = { _ in }) { self.reduce = reduce }

  /// Throws an `RPCError` if the list has too many parts or is not valid. Fields that this project does not read are not kept: they are
  /// half of a list.
  package func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> List {
    try unsafe bytes.withUnsafeBytes { buffer in try unsafe list(buffer.bindMemory(to: UInt8.self).span) }
  }

  private func list(_ bytes: borrowing Span<UInt8>) throws(RPCError) -> List {
    var list = List()
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    var index = 0
    // How many groups the field is in. There are none in a list, except of unknown fields.
    var depth = 0
    while index < bytes.count {
      let field = try ProtobufField(bytes, &index, end: bytes.count)
      if case .groupStart = field { depth += 1 }
      if case .groupEnd = field { depth -= 1 }
      guard depth >= 0 else { throw invalidList }
      guard depth == 0, case .nested(1, let range) = field else { continue }
      guard list.entries.count < Self.maxEntries else {
        throw tooLong("more than \(Self.maxEntries) entries")
      }
      try checkFields(bytes, range)
      do {
        var entry = try unsafe List.Entry(serializedBytes: bytes.extracting(range).bytes, options: options)
        reduce(&entry)
        list.entries.append(entry)
      } catch {
        throw invalidList
      }
    }
    guard depth == 0 else { throw invalidList }
    return list
  }

  private func checkFields(_ bytes: borrowing Span<UInt8>, _ entry: Range<Int>) throws(RPCError) {
    var fields = 0
    var index = entry.lowerBound
    while index < entry.upperBound {
      _ = try ProtobufField(bytes, &index, end: entry.upperBound)
      fields += 1
      guard fields <= Self.maxFields else {
        throw tooLong("an entry with more than \(Self.maxFields) fields")
      }
    }
  }

  private func tooLong(_ contents: String) -> RPCError {
    RPCError(code: .resourceExhausted, message: "the list has \(contents)")
  }
}

/// A field of an encoded message. See: https://protobuf.dev/programming-guides/encoding/#structure
private enum ProtobufField {
  /// Text, bytes or a message.
  case nested(UInt64, Range<Int>)
  case groupStart, groupEnd
  case other

  /// Reads the field at `index`, and moves `index` behind it. The message ends at `end`.
  init(_ bytes: borrowing Span<UInt8>, _ index: inout Int, end: Int) throws(RPCError) {
    let tag = try Self.varint(bytes, &index, end: end)
    var length: UInt64 = 0
    switch tag & 7 {
    case 0: _ = try Self.varint(bytes, &index, end: end)
    case 1: length = 8
    case 2: length = try Self.varint(bytes, &index, end: end)
    // What is in a group is read like the fields around it.
    case 3, 4: break
    case 5: length = 4
    default: throw invalidList
    }
    guard length <= end - index else { throw invalidList }
    let start = index
    index += Int(length)
    self =
      switch tag & 7 {
      case 2: .nested(tag >> 3, start..<index)
      case 3: .groupStart
      case 4: .groupEnd
      default: .other
      }
  }

  private static func varint(
    _ bytes: borrowing Span<UInt8>, _ index: inout Int, end: Int
  ) throws(RPCError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard index < end else { throw invalidList }
      let byte = bytes[index]
      index += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw invalidList
  }
}

private var invalidList: RPCError {
  RPCError(code: .internalError, message: "the list is not encoded as protobuf requires")
}
