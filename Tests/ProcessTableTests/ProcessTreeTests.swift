import ProcessTable
import TestSupport
import Testing

@Suite struct ProcessTreeTests {
  @Test("A tree has the same parents and children as a plain list, whatever is added, removed and moved")
  func agrees() {
    var random = SeededGenerator(seed: 1)
    var tree = ProcessTree()
    var parents: [Int32: Int32] = [:]
    for _ in 0..<20_000 {
      let pid = Int32.random(in: 1...30, using: &random)
      let parent = Int32.random(in: 1...30, using: &random)
      if Int.random(in: 0..<3, using: &random) > 0 {
        tree.move(pid, under: parent)
        if pid != parent { parents[pid] = parent }
      } else {
        let children = parents.filter { $0.value == pid }.keys
        #expect(tree.remove(pid).sorted() == children.sorted())
        for child in children { parents[child] = nil }
        parents[pid] = nil
      }
      for pid in 1...30 as ClosedRange<Int32> { #expect(tree.parent(of: pid) == parents[pid]) }
      #expect(tree.count == Set(parents.keys).union(parents.values).count)
    }
  }
}
