/// The current parents and children of running processes, after all known adoptions.
///
/// A value that does no I/O. It stores PIDs, so a process that ends must be removed before its PID is used again.
package struct ProcessTree: Sendable {
  /// The links of a process: as a child in its parent's list, and as a parent. 0 stands for none.
  private struct Links {
    var parent: Int32 = 0
    var firstChild: Int32 = 0
    var previous: Int32 = 0
    var next: Int32 = 0

    /// Makes `pid` the first child. Returns the previous one.
    mutating func replaceFirstChild(by pid: Int32) -> Int32 {
      defer { firstChild = pid }
      return firstChild
    }
  }

  private var links = ProcessIDMap<Links>()

  package init() {}

  /// The number of processes that have a parent or children here.
  package var count: Int { links.count }

  /// The current parent; nil if it is unknown.
  package func parent(of pid: Int32) -> Int32? {
    guard let parent = links[pid]?.parent, parent != 0 else { return nil }
    return parent
  }

  /// Makes a process a child of `parent`, whatever its parent was before.
  package mutating func move(_ pid: Int32, under parent: Int32) {
    let known = links[pid]
    guard pid != parent, parent > 0, pid > 0, known?.parent != parent else { return }
    if let known { unlink(known) }
    let next = links[parent, default: Links()].replaceFirstChild(by: pid)
    if next != 0 { links[next]?.previous = pid }
    links[pid] = Links(parent: parent, firstChild: known?.firstChild ?? 0, next: next)
  }

  /// Removes a process that has ended. Returns its children, which then have no parent.
  package mutating func remove(_ pid: Int32) -> [Int32] {
    guard let old = links.removeValue(for: pid) else { return [] }
    unlink(old)
    var orphans: [Int32] = []
    var next = old.firstChild
    while next != 0 {
      orphans.append(next)
      let child = next
      next = links[child]?.next ?? 0
      links[child]?.parent = 0
      links[child]?.next = 0
      links[child]?.previous = 0
      dropIfAlone(child)
    }
    return orphans
  }

  /// Keeps only the children that are wanted. Returns the others.
  mutating func prune(_ isWanted: (_ pid: Int32, _ parent: Int32) -> Bool) -> [Int32] {
    let unwanted = links.compactMap { pid, link in
      link.parent != 0 && !isWanted(pid, link.parent) ? pid : nil
    }
    for pid in unwanted { detach(pid) }
    return unwanted
  }

  private mutating func detach(_ pid: Int32) {
    guard let old = links[pid] else { return }
    unlink(old)
    links[pid] = Links(firstChild: old.firstChild)
    dropIfAlone(pid)
  }

  /// Removes a child from its parent's list.
  private mutating func unlink(_ old: Links) {
    guard old.parent != 0 else { return }
    if old.previous != 0 {
      links[old.previous]?.next = old.next
    } else {
      links[old.parent]?.firstChild = old.next
    }
    if old.next != 0 { links[old.next]?.previous = old.previous }
    dropIfAlone(old.parent)
  }

  private mutating func dropIfAlone(_ pid: Int32) {
    if let link = links[pid], link.parent == 0, link.firstChild == 0 { links[pid] = nil }
  }
}
