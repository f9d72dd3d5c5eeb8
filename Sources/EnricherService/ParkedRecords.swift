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

  private var waiting: [ContainerID: [Record]] = [:]
  private(set) var count = 0

  /// For one container, so that one pod's flood does not push others' out, and for all.
  static let mostOfOne = 16_384
  static let most = 131_072

  /// Adds a record. False if there is no more room for this container's: they must be taken now.
  mutating func add(_ record: Record, of id: ContainerID) -> Bool {
    waiting[id, default: []].append(record)
    count += 1
    return waiting[id, default: []].count < Self.mostOfOne && count < Self.most
  }

  /// Takes a container's records out.
  mutating func take(_ id: ContainerID) -> [Record] {
    let records = waiting.removeValue(forKey: id) ?? []
    count -= records.count
    return records
  }

  /// The containers that records wait for.
  var containers: [ContainerID] { Array(waiting.keys) }
}
