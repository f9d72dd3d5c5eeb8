/// Values by process ID. Unlike a dictionary the map neither hashes nor compares, because every process event needs several accesses.
///
/// The values are stored side by side, in no particular order. A table maps each ID to the index of its value; only those pages of the
/// table exist that have values. An ID that no process can have is ignored.
package struct ProcessIDMap<Value> {
  fileprivate struct Entry {
    var pid: Int32
    /// nil only while the entry is being removed.
    var value: Value?
  }

  fileprivate private(set) var entries: [Entry] = []
  /// For each page of IDs, its number among the pages that exist; `none` if it does not exist.
  private var pageNumbers: [Int32] = []
  /// Page after page: for each ID, the index of its entry, or `none`.
  private var indices: [Int32] = []
  /// For each page that exists, the number of its values.
  private var valueCounts: [Int32] = []
  private var freePages: [Int32] = []

  private static var none: Int32 { -1 }
  private static var pageSize: Int { 128 }

  package init() {}

  package var count: Int { entries.count }
  package var isEmpty: Bool { entries.isEmpty }

  private func index(of pid: Int32) -> Int? {
    guard pid >= 0, Int(pid) / Self.pageSize < pageNumbers.count else { return nil }
    let page = pageNumbers[Int(pid) / Self.pageSize]
    guard page != Self.none else { return nil }
    let index = indices[Int(page) * Self.pageSize + Int(pid) % Self.pageSize]
    return index == Self.none ? nil : Int(index)
  }

  package subscript(pid: Int32) -> Value? {
    get { index(of: pid).flatMap { entries[$0].value } }
    set {
      if let index = index(of: pid) {
        entries[index].value = newValue
        if newValue == nil { remove(at: index) }
      } else if let newValue {
        insert(newValue, for: pid)
      }
    }
    _modify {
      if let index = index(of: pid) {
        defer { if entries[index].value == nil { remove(at: index) } }
        yield &entries[index].value
      } else {
        var value: Value?
        defer { if let value { insert(value, for: pid) } }
        yield &value
      }
    }
  }

  package subscript(pid: Int32, default value: @autoclosure () -> Value) -> Value {
    get { self[pid] ?? value() }
    _modify {
      var new = self[pid] ?? value()
      defer { self[pid] = new }
      yield &new
    }
  }

  @discardableResult
  package mutating func removeValue(for pid: Int32) -> Value? {
    guard let index = index(of: pid) else { return nil }
    let value = entries[index].value.take()
    remove(at: index)
    return value
  }

  private mutating func insert(_ value: Value, for pid: Int32) {
    guard ProcessID.isPossible(pid) else { return }
    let slot = slot(of: pid)
    indices[slot] = Int32(entries.count)
    valueCounts[slot / Self.pageSize] += 1
    entries.append(Entry(pid: pid, value: value))
  }

  /// The position of an ID in `indices`. Creates the page if necessary.
  private mutating func slot(of pid: Int32) -> Int {
    let (number, offset) = Int(pid).quotientAndRemainder(dividingBy: Self.pageSize)
    if number >= pageNumbers.count {
      pageNumbers += repeatElement(Self.none, count: number + 1 - pageNumbers.count)
    }
    if pageNumbers[number] == Self.none { pageNumbers[number] = newPage() }
    return Int(pageNumbers[number]) * Self.pageSize + offset
  }

  private mutating func newPage() -> Int32 {
    if let page = freePages.popLast() { return page }
    indices += repeatElement(Self.none, count: Self.pageSize)
    valueCounts.append(0)
    return Int32(valueCounts.count - 1)
  }

  /// Removes an entry. The last entry moves to its index.
  private mutating func remove(at index: Int) {
    let pid = entries[index].pid
    entries.swapAt(index, entries.count - 1)
    entries.removeLast()
    if index < entries.count { indices[slot(of: entries[index].pid)] = Int32(index) }
    let slot = slot(of: pid)
    indices[slot] = Self.none
    let page = slot / Self.pageSize
    valueCounts[page] -= 1
    guard valueCounts[page] == 0 else { return }
    pageNumbers[Int(pid) / Self.pageSize] = Self.none
    freePages.append(Int32(page))
  }
}

extension ProcessIDMap: Sendable where Value: Sendable {}
extension ProcessIDMap.Entry: Sendable where Value: Sendable {}

extension ProcessIDMap: Sequence {
  package struct Iterator: IteratorProtocol {
    fileprivate let entries: [Entry]
    fileprivate var index = 0

    package mutating func next() -> (pid: Int32, value: Value)? {
      guard index < entries.count, let value = entries[index].value else { return nil }
      defer { index += 1 }
      return (entries[index].pid, value)
    }
  }

  package func makeIterator() -> Iterator { Iterator(entries: entries) }

  package var underestimatedCount: Int { count }
  package var pids: [Int32] { entries.map(\.pid) }
  package var values: some Sequence<Value> { entries.lazy.compactMap(\.value) }
}
