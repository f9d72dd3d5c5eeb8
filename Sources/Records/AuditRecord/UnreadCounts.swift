/// The number of possible records that were not read, by reason.
public struct UnreadCounts: Equatable, Sendable {
  // One count per reason, of which there are as many as `UnreadLine` has cases. An inline array avoids a heap allocation, because counters are copied often.
  private var counts = InlineArray<13, UInt64>(repeating: 0)

  public init() {}

  public static func == (first: UnreadCounts, second: UnreadCounts) -> Bool {
    UnreadLine.allCases.allSatisfy { first[$0] == second[$0] }
  }

  public subscript(reason: UnreadLine) -> UInt64 { counts[reason.rawValue] }

  public var total: UInt64 { UnreadLine.allCases.reduce(0) { $0 &+ self[$1] } }

  /// The lines whose form is not read.
  public var unreadable: UInt64 {
    UnreadLine.allCases.reduce(0) { $1.isPrecaution ? $0 : $0 &+ self[$1] }
  }

  public mutating func add(_ count: UInt64, for reason: UnreadLine) { counts[reason.rawValue] &+= count }

  public mutating func add(_ other: UnreadCounts) {
    for reason in UnreadLine.allCases { add(other[reason], for: reason) }
  }

  /// A sentence per reason: how many lines, why, and what to do.
  public var explanations: [String] {
    UnreadLine.allCases.filter { self[$0] > 0 }.map { reason in
      "not read: \(self[reason]) lines that \(reason.reason) (\(reason.remedy))"
    }
  }
}
