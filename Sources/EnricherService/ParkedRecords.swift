internal import EnrichedLog
internal import ProcessTable

/// Records that wait for the names of their container, each container's in their order.
///
/// Bounded: whoever adds one is told when the container's must go out as they are.
struct ParkedRecords {
  /// A record's own bytes, for those that it was read into will be used again.
  struct Record {
    var text: [UInt8]
    /// The place of the node's name within `text`.
    var node: Range<Int>?
    /// The place of the record within `text`.
    var record: Range<Int>
    /// How its process was traced.
    var attribution: Attribution?
  }

  private struct Queue {
    var records: [Record] = []
    var bytes = 0
  }

  private var waiting: [ContainerID: Queue] = [:]
  private(set) var count = 0
  private var bytes = 0

  /// Bytes for one container, so that one pod's flood does not push others' out, and for all. A record of the usual length
  /// counts for 300.
  static let mostBytesOfOne = 4 << 20
  static let mostBytes = 32 << 20
  /// What a record takes beside its text.
  private static let overhead = 100

  /// Adds a record. Returns the container whose records must be taken now, for there is no more room: this one's, if it
  /// has too many, or those of the one that has the most.
  mutating func add(_ record: Record, of id: ContainerID) -> ContainerID? {
    let size = record.text.count + Self.overhead
    waiting[id, default: Queue()].records.append(record)
    waiting[id, default: Queue()].bytes += size
    count += 1
    bytes += size
    if waiting[id, default: Queue()].bytes >= Self.mostBytesOfOne { return id }
    return bytes < Self.mostBytes ? nil : waiting.max { $0.value.bytes < $1.value.bytes }?.key
  }

  /// Takes a container's records out.
  mutating func take(_ id: ContainerID) -> [Record] {
    guard let queue = waiting.removeValue(forKey: id) else { return [] }
    count -= queue.records.count
    bytes -= queue.bytes
    return queue.records
  }

  /// The containers that records wait for.
  var containers: [ContainerID] { Array(waiting.keys) }
}
