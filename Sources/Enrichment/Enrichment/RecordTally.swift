package import AuditRecord
internal import BasicContainers
package import EnrichedLog
internal import SyscallNames

/// Counts records by owner, machine, syscall and action, all as numbers: names are for whoever reads the counts. Owned by the thread that
/// reads records.
///
/// Bounded: whoever wants more series than there is room for pushes out those that counted nothing for the longest time.
package struct RecordTally: ~Copyable {
  /// The names that a series has of its owner.
  package struct Owner: Hashable, Sendable {
    package var namespace: String
    package var pod: String
    package var container: String

    package init(namespace: String = "", pod: String = "", container: String = "") {
      (self.namespace, self.pod, self.container) = (namespace, pod, container)
    }
  }

  /// One series by its names.
  package struct Sample: Hashable, Sendable {
    package var owner: Owner
    package var syscall: String
    package var action: String
    package var count: UInt64
  }

  /// What a series counts.
  package struct Key: Hashable, Sendable {
    package var owner: Int32
    package var record: TallyKey
  }

  private struct Series {
    var key: Key
    var count: UInt64 = 0
    /// The batch that last counted here.
    var used: UInt64
  }

  /// What a series was found for last: a record like that needs no look-up. Two that fall on the same entry push each
  /// other out.
  private struct Entry {
    var key = Key(owner: -1, record: TallyKey(arch: 0, syscall: 0, action: 0))
    var index: Int32 = 0
  }

  /// Series that had to go.
  package private(set) var dropped: UInt64 = 0
  /// Records by how their process was found, and whose it was: see `index(of:_:)`.
  private var attributions: [UInt64]

  private var series = UniqueArray<Series>()
  private var indices: [Key: Int32] = [:]
  private var ownerIDs: [Owner: Int32] = [:]
  private var owners: [Int32: Owner] = [:]
  private var nextOwner: Int32 = 0
  private var batch: UInt64 = 0
  private var cache = UniqueArray<Entry>(repeating: Entry(), count: 1 << bits)
  private static let bits = 12
  private var syscalls = SyscallTable()
  private let maxCount: Int

  package init(maxCount: Int = 10_000) {
    self.maxCount = maxCount
    attributions = Array(repeating: 0, count: Self.ways * OwnerKind.allCases.count)
  }

  /// What owns the processes of records.
  package enum OwnerKind: String, CaseIterable, Sendable {
    /// A pod whose names are known.
    case pod
    /// A container of which no more is known than its ID.
    case container
    case host
    case unknown
  }

  /// Where an attribution of some kind of owner is counted.
  package static func index(of attribution: Attribution?, _ kind: OwnerKind) -> Int {
    let way = attribution.flatMap { Attribution.allCases.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    return (OwnerKind.allCases.firstIndex(of: kind) ?? 0) * ways + way
  }

  /// In how many ways a process may have been found.
  private static let ways = Attribution.allCases.count + 1

  /// The number by which an owner is counted, until owners are forgotten.
  package mutating func id(of owner: Owner) -> Int32 {
    if let id = ownerIDs[owner] { return id }
    let id = nextOwner
    nextOwner &+= 1
    ownerIDs[owner] = id
    owners[id] = owner
    return id
  }

  /// A new batch begins. Series are as old as the last batch that they counted in.
  package mutating func beginBatch() { batch += 1 }

  /// Counts a record of an owner. `record` is nil for kinds without series.
  @inline(__always)
  package mutating func count(_ record: TallyKey?, owner: Int32, attribution: Int) {
    attributions[attribution] &+= 1
    guard let record else { return }
    let key = Key(owner: owner, record: record)
    let slot = Self.slot(of: key)
    let entry = cache[slot]
    var index = Int(entry.index)
    if entry.key != key {
      index = find(key)
      cache[slot] = Entry(key: key, index: Int32(index))
    }
    series[index].count &+= 1
    series[index].used = batch
  }

  @inline(__always)
  private static func slot(of key: Key) -> Int {
    let mixed =
      UInt32(bitPattern: key.owner) &* 0x9e37_79b1
      ^ UInt32(truncatingIfNeeded: key.record.syscall) &* 0x85eb_ca6b
      ^ key.record.arch ^ key.record.action
    return Int((mixed &* 0x9e37_79b1) >> UInt32(32 - bits))
  }

  @inline(never)
  private mutating func find(_ key: Key) -> Int {
    var key = key
    // A hostile process can make up numbers: all that have no name are counted as one.
    if !syscalls.lookUp(key.record.syscall, arch: key.record.arch).syscall.isKnown {
      (key.record.arch, key.record.syscall) = (0, -1)
    }
    if SeccompAction(rawValue: key.record.action) == nil { key.record.action = .max }
    if let index = indices[key] { return Int(index) }
    if series.count >= maxCount { dropOldest() }
    series.append(Series(key: key, used: batch))
    indices[key] = Int32(series.count - 1)
    return series.count - 1
  }

  /// Makes room for a quarter: one at a time would take as long each time.
  private mutating func dropOldest() {
    let ages = series.span.indices.map { (series[$0].used, $0) }.sorted { $0 < $1 }
    let gone = Set(ages.prefix(max(1, maxCount / 4)).map(\.1))
    var kept = UniqueArray<Series>()
    for index in series.indices where !gone.contains(index) { kept.append(series[index]) }
    series = kept
    dropped += UInt64(gone.count)
    indices.removeAll(keepingCapacity: true)
    for index in series.indices { indices[series[index].key] = Int32(index) }
    forgetIndices()
  }

  private mutating func forgetIndices() {
    for index in cache.indices { cache[index] = Entry() }
  }

  /// The numbers of owners are used no more: those that have no series are forgotten.
  package mutating func forgetOwners() {
    var used = Set<Int32>()
    for index in series.indices { used.insert(series[index].key.owner) }
    owners = owners.filter { used.contains($0.key) }
    ownerIDs = ownerIDs.filter { used.contains($0.value) }
  }

  /// Writes what was counted into `snapshot`.
  package func copy(to snapshot: inout MetricsSnapshot) {
    let rows = stride(from: 0, to: attributions.count, by: Self.ways).map {
      attributions[$0..<$0 + Self.ways]
    }
    snapshot.owners = rows.map { $0.reduce(0, +) }
    snapshot.attributions = (0..<Self.ways).map { way in rows.reduce(0) { $0 + $1[$1.startIndex + way] } }
    snapshot.droppedSeries = dropped
    snapshot.counts = series.indices.map { (series[$0].key, series[$0].count) }
    snapshot.ownerNames = owners
  }
}

extension MetricsSnapshot {
  /// All series by their names. The same syscall of several machines is one.
  package func series() -> [RecordTally.Sample] {
    var syscalls = SyscallTable()
    var samples: [RecordTally.Sample] = []
    var indices: [RecordTally.Sample: Int] = [:]
    for (key, count) in counts {
      let name = syscalls.lookUp(key.record.syscall, arch: key.record.arch).syscall
      var sample = RecordTally.Sample(
        owner: ownerNames[key.owner] ?? RecordTally.Owner(),
        syscall: name.isKnown ? String(decoding: syscalls.names[name.range], as: UTF8.self) : "unknown",
        action: SeccompAction(rawValue: key.record.action).map { "\($0.name)" } ?? "unknown", count: 0)
      if let index = indices[sample] {
        samples[index].count &+= count
      } else {
        indices[sample] = samples.count
        sample.count = count
        samples.append(sample)
      }
    }
    return samples
  }
}
