package import GRPCCore
package import SwiftProtobuf

/// Decodes a list of pods or containers, unless it has so many parts that they would need far more memory than their bytes.
///
/// An empty entry has two bytes in a list and some 120 in memory, a short label 8 and some 100.
package struct ListDeserializer<List: SwiftProtobuf.Message>: MessageDeserializer {
  /// The maximum number of entries. Kubernetes supports 110 pods on a node; 1,000 with ten containers each have 10,000 entries.
  package static var maxEntries: Int { 32_768 }
  /// The maximum number of fields that all entries have together, each label and each annotation being one. Real entries have some 30.
  package static var maxFields: Int { 262_144 }

  package init() {}

  /// Throws an `RPCError` if the list has too many parts or is not valid. Fields that this project does not read are not kept: they are
  /// half of a list.
  package func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> List {
    try unsafe bytes.withUnsafeBytes { buffer in
      try unsafe check(buffer.bindMemory(to: UInt8.self).span)
      var options = BinaryDecodingOptions()
      options.discardUnknownFields = true
      do {
        return try unsafe List(serializedBytes: buffer.bytes, options: options)
      } catch {
        throw invalidList
      }
    }
  }

  private func check(_ bytes: borrowing Span<UInt8>) throws(RPCError) {
    var entries = 0
    var fields = 0
    var index = 0
    while index < bytes.count {
      // In both lists the entries are field 1, the only one.
      guard case .nested(1, let entry) = try ProtobufField(bytes, &index, end: bytes.count) else { continue }
      entries += 1
      guard entries <= Self.maxEntries else { throw tooLong("more than \(Self.maxEntries) entries") }
      var index = entry.lowerBound
      while index < entry.upperBound {
        _ = try ProtobufField(bytes, &index, end: entry.upperBound)
        fields += 1
        guard fields <= Self.maxFields else {
          throw tooLong("entries with more than \(Self.maxFields) fields")
        }
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
  case other

  /// Reads the field at `index`, and moves `index` behind it. The message ends at `end`.
  init(_ bytes: borrowing Span<UInt8>, _ index: inout Int, end: Int) throws(RPCError) {
    let tag = try Self.varint(bytes, &index, end: end)
    var length: UInt64 = 0
    switch tag & 7 {
    case 0: _ = try Self.varint(bytes, &index, end: end)
    case 1: length = 8
    case 2: length = try Self.varint(bytes, &index, end: end)
    // Start and end of a group. What is in it is counted like the fields around it.
    case 3, 4: break
    case 5: length = 4
    default: throw invalidList
    }
    guard length <= end - index else { throw invalidList }
    let start = index
    index += Int(length)
    self = tag & 7 == 2 ? .nested(tag >> 3, start..<index) : .other
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
