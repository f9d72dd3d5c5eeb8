internal import BasicContainers
internal import EnrichedLog

/// The owners of an aggregator's keys, by number, and how many keys each container has.
///
/// The same container is another owner if its process was attributed in another way. All its owners share one limit of keys.
package struct AggregationOwners: ~Copyable {
  /// An owner's number. It may be given to another owner later, with another generation.
  package struct Reference: Sendable {
    var number: Int32
    var generation: UInt32

    /// No owner.
    package init() { (number, generation) = (-1, 0) }

    init(number: Int32, generation: UInt32) { (self.number, self.generation) = (number, generation) }
  }

  struct State {
    /// Even if the number is free.
    var generation: UInt32 = 0
    var container: Int32 = -1
    var keys: Int32 = 0
    /// The number of records in this interval whose detail was left out.
    var merged: UInt64 = 0
  }

  private var states = UniqueArray<State>(repeating: State(), count: AggregationMemory.maxOwners)
  private var values: [RecordOwner?] = Array(repeating: nil, count: AggregationMemory.maxOwners)
  private var numbers: [RecordOwner: Int32] = [:]
  private var free = UniqueArray<Int32>(minimumCapacity: AggregationMemory.maxOwners)
  /// Containers, by their ID, unit, or the lack of both.
  private var containers: [String: Int32] = [:]
  /// How many keys and owners each container has.
  private var keysOfContainer = UniqueArray<Int32>(repeating: 0, count: AggregationMemory.maxOwners)
  private var ownersOfContainer = UniqueArray<Int32>(repeating: 0, count: AggregationMemory.maxOwners)
  private var freeContainers = UniqueArray<Int32>(minimumCapacity: AggregationMemory.maxOwners)
  /// The number of containers with keys.
  private(set) var active = 0

  init() {
    for number in (0..<AggregationMemory.maxOwners).reversed() {
      free.append(Int32(number))
      freeContainers.append(Int32(number))
    }
  }

  /// Whether a reference is still that of its owner.
  @inline(__always)
  package func isCurrent(_ reference: Reference) -> Bool {
    reference.number >= 0 && states[Int(reference.number)].generation == reference.generation
  }

  func container(of owner: Int32) -> Int32 { states[Int(owner)].container }

  func keys(ofContainer container: Int32) -> Int { Int(keysOfContainer[Int(container)]) }

  /// The container with the most keys.
  var largestContainer: Int32 {
    var largest = 0
    for index in keysOfContainer.indices where keysOfContainer[index] > keysOfContainer[largest] {
      largest = index
    }
    return Int32(largest)
  }

  /// The reference of an owner; nil if there are too many.
  mutating func reference(of owner: RecordOwner, in memory: AggregationMemory) -> Reference? {
    if let number = numbers[owner] {
      return Reference(number: number, generation: states[Int(number)].generation)
    }
    guard let number = free.popLast() else { return nil }
    let index = Int(number)
    let id = owner.containerID ?? owner.unit.map { "unit \($0)" } ?? ""
    let container = containers[id] ?? freeContainers.removeLast()
    containers[id] = container
    ownersOfContainer[Int(container)] += 1
    states[index].generation &+= 1
    states[index].container = container
    states[index].keys = 0
    states[index].merged = 0
    values[index] = owner
    numbers[owner] = number
    memory.setOwner(index, owner)
    return Reference(number: number, generation: states[index].generation)
  }

  mutating func addKey(of owner: Int32) {
    states[Int(owner)].keys += 1
    let container = Int(states[Int(owner)].container)
    if keysOfContainer[container] == 0 { active += 1 }
    keysOfContainer[container] += 1
  }

  mutating func removeKey(of owner: Int32) {
    states[Int(owner)].keys -= 1
    let container = Int(states[Int(owner)].container)
    keysOfContainer[container] -= 1
    if keysOfContainer[container] == 0 { active -= 1 }
  }

  mutating func merge(of owner: Int32) { states[Int(owner)].merged &+= 1 }

  /// Frees the numbers of owners without keys.
  mutating func removeUnused() {
    for index in values.indices {
      guard let owner = values[index], states[index].keys == 0, states[index].merged == 0 else { continue }
      values[index] = nil
      numbers[owner] = nil
      // Its references are no longer current.
      states[index].generation &+= 1
      free.append(Int32(index))
      let container = states[index].container
      ownersOfContainer[Int(container)] -= 1
      guard ownersOfContainer[Int(container)] == 0 else { continue }
      containers[owner.containerID ?? owner.unit.map { "unit \($0)" } ?? ""] = nil
      freeContainers.append(container)
    }
  }

  mutating func drainMerged() -> [(owner: Int, count: UInt64)] {
    var merged: [(owner: Int, count: UInt64)] = []
    for index in values.indices where states[index].merged > 0 {
      merged.append((index, states[index].merged))
      states[index].merged = 0
    }
    return merged
  }

  func generation(of number: Int) -> UInt32 { states[number].generation }
}
