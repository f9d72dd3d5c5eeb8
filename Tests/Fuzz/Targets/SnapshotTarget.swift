import Enrichment
import Snapshots

/// Tests snapshot files. A snapshot that is accepted must be the same after it was written and read again.
enum SnapshotTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(NodeSnapshot.Invalid) {
      let snapshot = try NodeSnapshot(json: bytes.text, name: "it")
      let again = try NodeSnapshot(json: snapshot.json(), name: "its own text")
      precondition(again.processes == snapshot.processes && again.node == snapshot.node)
    } catch {
      precondition(!error.description.contains("\n") && !error.description.contains("its own text"))
    }
  }
}
