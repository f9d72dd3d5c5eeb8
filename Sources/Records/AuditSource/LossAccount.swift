/// Where something can be lost on the way from the kernel to a line. The raw value is what lines and metrics say.
package enum LossPlace: String, CaseIterable, Sendable {
  /// Records that were dropped at the full receive buffer of our socket: the kernel's own count, exact.
  case socket
  /// Records that the kernel lost before any socket: its audit status counts them, where that may be read.
  case kernel
  /// Serials that never arrived and that no other place accounts for. Where the socket lets SECCOMP records alone pass,
  /// most are other programs' records: then it is an upper bound that is counted and not told.
  case serialGap = "serial-gap"
  /// Process events. No record is lost for it; short-lived processes may be unresolved.
  case connector
  /// Records that waited too long for the names of their container. They are written without.
  case parked
  /// Records beyond their container's limit, which were left out as asked for.
  case suppressed
  /// Records that journald did not take.
  case journal
  /// Records that were read and given up, for three runs that had them in hand were killed.
  case memory
  /// Parts of a log that was followed: it was rotated or cut off before they were read. How often, for nobody knows how much.
  case rotation
}

/// What was lost, place by place. Counts stop at their highest value: they never begin anew.
package struct LossAccount: Equatable, Sendable {
  // One for each place. Not on the heap, for an account is made with each batch.
  private var counts = InlineArray<9, UInt64>(repeating: 0)

  package init() {}

  package static func == (first: LossAccount, second: LossAccount) -> Bool {
    LossPlace.allCases.allSatisfy { first[$0] == second[$0] }
  }

  package subscript(place: LossPlace) -> UInt64 { counts[place.index] }

  /// The records that will never be a line, as far as is known for certain.
  package var records: UInt64 {
    self[.socket].addingOrStopping(self[.kernel]).addingOrStopping(self[.journal])
      .addingOrStopping(self[.memory])
  }

  package mutating func add(_ count: UInt64, at place: LossPlace) {
    counts[place.index] = counts[place.index].addingOrStopping(count)
  }

  package mutating func add(_ other: LossAccount) {
    for place in LossPlace.allCases { add(other[place], at: place) }
  }
}

extension LossPlace {
  fileprivate var index: Int {
    switch self {
    case .socket: 0
    case .kernel: 1
    case .serialGap: 2
    case .connector: 3
    case .parked: 4
    case .suppressed: 5
    case .journal: 6
    case .memory: 7
    case .rotation: 8
    }
  }
}

extension UInt64 {
  fileprivate func addingOrStopping(_ other: UInt64) -> UInt64 {
    let sum = addingReportingOverflow(other)
    return sum.overflow ? .max : sum.partialValue
  }
}
