package import AuditRecord
internal import BasicContainers
package import EnrichedLog
internal import SyscallNames

/// Counts records by owner and by what their kind distinguishes, such as machine, syscall and action. All keys are numbers; readers of the
/// counts look up the names. Owned by the thread that reads records.
///
/// The number of series of each kind is limited. A new series beyond the limit replaces those that have not counted anything for the longest time.
package struct RecordTally: ~Copyable {
  /// The owner's names in a series.
  package struct Owner: Hashable, Sendable {
    package var namespace: String
    package var pod: String
    package var container: String

    package init(namespace: String = "", pod: String = "", container: String = "") {
      (self.namespace, self.pod, self.container) = (namespace, pod, container)
    }
  }

  /// The key of a series.
  package struct Key: Hashable, Sendable {
    package var owner: Int32
    package var record: TallyKey
  }

  private struct Series {
    var key: Key
    var count: UInt64 = 0
    /// The number of the batch in which the series last counted a record.
    var used: UInt64
    /// The labels' values, if the key has only their hash.
    var labels: [String] = []
  }

  /// A cached result of `find`. The next record with the same key needs no lookup. Two keys with the same slot replace each other.
  private struct Entry {
    var key = Key(owner: -1, record: TallyKey(arch: 0, syscall: 0, action: 0))
    var index: Int32 = 0
  }

  /// The number of series of each kind that were replaced.
  private var dropped = [UInt64](repeating: 0, count: RecordKinds.names.count)
  private var counts = [Int](repeating: 0, count: RecordKinds.names.count)
  /// The number of records by kind, attribution and kind of owner, see `index(of:_:)`.
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

  /// `maxCount` limits the series of each kind.
  package init(maxCount: Int = 10_000) {
    self.maxCount = maxCount
    attributions = Array(repeating: 0, count: RecordKinds.names.count * Self.rowsOfKind)
  }

  private static let rowsOfKind = ways * OwnerKind.allCases.count

  /// The kinds of owners.
  package enum OwnerKind: String, CaseIterable, Sendable {
    /// A pod with known names.
    case pod
    /// A container of which only the ID is known.
    case container
    case host
    case unknown
  }

  /// The index in the counts for an attribution and a kind of owner.
  package static func index(of attribution: Attribution?, _ kind: OwnerKind) -> Int {
    let way = attribution.flatMap { Attribution.allCases.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    return (OwnerKind.allCases.firstIndex(of: kind) ?? 0) * ways + way
  }

  /// The number of attributions, including none.
  private static let ways = Attribution.allCases.count + 1

  /// The number that stands for an owner, until `forgetOwners`.
  package mutating func id(of owner: Owner) -> Int32 {
    if let id = ownerIDs[owner] { return id }
    let id = nextOwner
    nextOwner &+= 1
    ownerIDs[owner] = id
    owners[id] = owner
    return id
  }

  /// Begins a new batch. The age of a series is that of the last batch in which it counted a record.
  package mutating func beginBatch() { batch += 1 }

  /// Counts a record of an owner. `key` is nil for kinds that have no series. Returns whether the series is new and needs labels.
  @inline(__always)
  package mutating func count(
    _ key: TallyKey?, _ kind: RecordKinds, owner: Int32, attribution: Int
  ) -> Bool {
    attributions[kind.index * Self.rowsOfKind + attribution] &+= 1
    guard let record = key else { return false }
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
    return series[index].count == 1 && kind != .seccomp
  }

  /// Sets the labels of a series.
  package mutating func setLabels(_ labels: [String], of key: TallyKey?, owner: Int32) {
    guard let key, let index = indices[Key(owner: owner, record: key)] else { return }
    series[Int(index)].labels = labels
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
    let kind = key.record.kind
    if kind == .seccomp {
      // A hostile process can invent numbers, so all syscalls without a name share one series.
      if !syscalls.lookUp(key.record.syscall, arch: key.record.arch).syscall.isKnown {
        (key.record.arch, key.record.syscall) = (0, -1)
      }
      if SeccompAction(rawValue: key.record.action) == nil { key.record.action = 0xffff_0000 }
    }
    if let index = indices[key] { return Int(index) }
    if counts[kind.index] >= maxCount { dropOldest(of: kind) }
    counts[kind.index] += 1
    series.append(Series(key: key, used: batch))
    indices[key] = Int32(series.count - 1)
    return series.count - 1
  }

  /// Drops the oldest quarter of the series of a kind. Dropping one at a time would cost as much for each.
  private mutating func dropOldest(of kind: RecordKinds) {
    let ages = series.span.indices.filter { series[$0].key.record.kind == kind }
      .map { (series[$0].used, $0) }.sorted { $0 < $1 }
    let gone = Set(ages.prefix(max(1, maxCount / 4)).map(\.1))
    var kept = UniqueArray<Series>()
    for index in series.indices where !gone.contains(index) { kept.append(series[index]) }
    series = kept
    dropped[kind.index] += UInt64(gone.count)
    counts[kind.index] -= gone.count
    indices.removeAll(keepingCapacity: true)
    for index in series.indices { indices[series[index].key] = Int32(index) }
    forgetIndices()
  }

  private mutating func forgetIndices() {
    for index in cache.indices { cache[index] = Entry() }
  }

  /// Forgets the numbers of all owners that have no series.
  package mutating func forgetOwners() {
    var used = Set<Int32>()
    for index in series.indices { used.insert(series[index].key.owner) }
    owners = owners.filter { used.contains($0.key) }
    ownerIDs = ownerIDs.filter { used.contains($0.value) }
  }

  /// Copies all counts to `snapshot`.
  package func copy(to snapshot: inout MetricsSnapshot) {
    for index in 0..<RecordKinds.names.count {
      let start = index * Self.rowsOfKind
      let rows = stride(from: start, to: start + Self.rowsOfKind, by: Self.ways).map {
        attributions[$0..<$0 + Self.ways]
      }
      snapshot.owners.append(rows.map { $0.reduce(0, +) })
      snapshot.attributions.append(
        (0..<Self.ways).map { way in rows.reduce(0) { $0 + $1[$1.startIndex + way] } })
    }
    snapshot.droppedSeries = dropped
    snapshot.counts = series.indices.map { (series[$0].key, series[$0].labels, series[$0].count) }
    snapshot.ownerNames = owners
  }
}
