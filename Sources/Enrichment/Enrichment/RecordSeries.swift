package import AuditRecord
internal import BasicContainers
package import EnrichedLog
package import SyscallNames

/// Counts records by namespace, pod, container, syscall and action, for metrics. Owned by the thread that reads records.
///
/// Bounded: whoever wants more series than there is room for pushes out those that counted nothing for the longest time.
package struct RecordSeries: ~Copyable {
  /// The names that a series has of its owner.
  package struct Owner: Hashable, Sendable {
    package var namespace: String
    package var pod: String
    package var container: String

    package init(namespace: String = "", pod: String = "", container: String = "") {
      (self.namespace, self.pod, self.container) = (namespace, pod, container)
    }
  }

  /// One series, as it is told.
  package struct Sample: Equatable, Sendable {
    package var owner: Owner
    package var syscall: String
    package var action: String
    package var count: UInt64
  }

  private struct Label: Hashable {
    var owner: Int32
    var syscall: String
    var action: String
  }

  private struct Series {
    var label: Label
    var count: UInt64 = 0
    /// The batch that last counted here.
    var used: UInt64
  }

  /// What a series was found for last: a record like that needs no look-up. Two that fall on the same entry push each
  /// other out.
  private struct Entry {
    var owner: Int32 = -1
    var arch: UInt32 = 0
    var code: UInt32 = 0
    var place: Int32 = 0
    var syscall: Int64 = 0
  }

  /// Series that had to go.
  package private(set) var dropped: UInt64 = 0
  /// Records by how their process was found, and whose it was: see `index(of:_:)`.
  private var attributions: [UInt64]

  private var series = UniqueArray<Series>()
  private var places: [Label: Int32] = [:]
  private var ownerIDs: [Owner: Int32] = [:]
  private var owners: [Int32: Owner] = [:]
  private var nextOwner: Int32 = 0
  private var batch: UInt64 = 0
  private var cache = UniqueArray<Entry>(repeating: Entry(), count: 1 << bits)
  private static let bits = 12
  private let most: Int

  package init(most: Int = 10_000) {
    self.most = most
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

  @inline(__always)
  package mutating func count(
    _ record: SeccompRecord, owner: Int32, attribution: Int, _ syscalls: inout SyscallTable
  ) {
    attributions[attribution] &+= 1
    let index = Self.index(owner, record)
    let entry = cache[index]
    var place = Int(entry.place)
    if entry.owner != owner || entry.syscall != record.syscall || entry.arch != record.arch
      || entry.code != record.code
    {
      place = find(record, owner: owner, &syscalls)
      cache[index] = Entry(
        owner: owner, arch: record.arch, code: record.code, place: Int32(place), syscall: record.syscall)
    }
    series[place].count &+= 1
    series[place].used = batch
  }

  @inline(__always)
  private static func index(_ owner: Int32, _ record: SeccompRecord) -> Int {
    let mixed =
      UInt32(bitPattern: owner) &* 0x9e37_79b1 ^ UInt32(truncatingIfNeeded: record.syscall) &* 0x85eb_ca6b
      ^ record.arch ^ record.code
    return Int((mixed &* 0x9e37_79b1) >> UInt32(32 - bits))
  }

  /// The same syscall of another machine is the same series: they are told by their names.
  @inline(never)
  private mutating func find(_ record: SeccompRecord, owner: Int32, _ syscalls: inout SyscallTable) -> Int {
    let name = syscalls.look(up: record.syscall, arch: record.arch).syscall
    let text =
      name.isKnown ? String(decoding: syscalls.names[name.range], as: UTF8.self) : "unknown"
    let action = record.action.map { "\($0.name)" } ?? "unknown"
    let label = Label(owner: owner, syscall: text, action: action)
    if let place = places[label] { return Int(place) }
    if series.count >= most { dropOldest() }
    series.append(Series(label: label, used: batch))
    places[label] = Int32(series.count - 1)
    return series.count - 1
  }

  /// Makes room for a quarter: one at a time would take as long each time.
  private mutating func dropOldest() {
    let ages = series.span.indices.map { (series[$0].used, $0) }.sorted { $0 < $1 }
    let gone = Set(ages.prefix(max(1, most / 4)).map(\.1))
    var kept = UniqueArray<Series>()
    for index in series.indices where !gone.contains(index) { kept.append(series[index]) }
    series = kept
    dropped += UInt64(gone.count)
    places.removeAll(keepingCapacity: true)
    for index in series.indices { places[series[index].label] = Int32(index) }
    forgetPlaces()
  }

  private mutating func forgetPlaces() {
    for index in cache.indices { cache[index] = Entry() }
  }

  /// The numbers of owners are used no more: those that have no series are forgotten.
  package mutating func forgetOwners() {
    var used = Set<Int32>()
    for index in series.indices { used.insert(series[index].label.owner) }
    owners = owners.filter { used.contains($0.key) }
    ownerIDs = ownerIDs.filter { used.contains($0.value) }
  }

  /// Writes what was counted into `snapshot`.
  package func tell(_ snapshot: inout MetricsSnapshot) {
    let rows = stride(from: 0, to: attributions.count, by: Self.ways).map {
      attributions[$0..<$0 + Self.ways]
    }
    snapshot.owners = rows.map { $0.reduce(0, +) }
    snapshot.attributions = (0..<Self.ways).map { way in rows.reduce(0) { $0 + $1[$1.startIndex + way] } }
    snapshot.droppedSeries = dropped
    snapshot.series = series.indices.map { index in
      let label = series[index].label
      return Sample(
        owner: owners[label.owner] ?? Owner(), syscall: label.syscall, action: label.action,
        count: series[index].count)
    }
  }
}
