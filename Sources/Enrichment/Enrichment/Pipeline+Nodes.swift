internal import AuditSource
internal import Snapshots

/// The nodes of a log's records.
extension RecordPipeline {
  /// Whether the processes of a record's node are known. A line that names no node is of the known node, if there is only one.
  @inline(__always)
  mutating func isOfKnownNode(_ entry: RecordBatch.Entry, _ bytes: borrowing Span<UInt8>) -> Bool {
    guard let name = entry.node else { return nodes.isEmpty }
    let node = bytes.extracting(name)
    return knownNode.isSame(as: node) || switchNode(to: node)
  }

  /// Continues with the snapshot of another node. Returns false if there is none.
  private mutating func switchNode(to name: borrowing Span<UInt8>) -> Bool {
    for snapshot in nodes {
      let node = NodeName(snapshot.node)
      guard node.isSame(as: name) else { continue }
      (processes, knownNode, knownUntil) = (.snapshot(snapshot), node, snapshot.knownUntil)
      // Nodes have processes with equal IDs.
      batchOwners.forgetAll()
      return true
    }
    return false
  }
}
