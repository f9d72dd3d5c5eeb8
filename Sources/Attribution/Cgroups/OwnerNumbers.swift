/// A number that stands for an owner: equal for equal owners, and as cheap to copy as an integer. See `OwnerNumbers`.
package struct OwnerNumber: Hashable, Sendable, BitwiseCopyable {
  /// Whether the owner is a container, of any runtime. Its processes stay in it.
  package let isContainer: Bool
  /// Whether the owner's processes start containers.
  package let isRuntime: Bool
  fileprivate let index: UInt32

  fileprivate init(_ owner: ProcessOwner, index: UInt32) {
    self.index = index
    isContainer = owner.isContainer
    isRuntime = if case .host(let unit?) = owner { RuntimeUnits.startsContainers(unit) } else { false }
  }

  /// The host, with an unknown unit.
  package static let unknownUnit = OwnerNumber(OwnerNumbers.unknownUnit, index: 0)
  /// The unit of processes that systemd has just started.
  package static let initScope = OwnerNumber(OwnerNumbers.initScope, index: 1)
}

/// Assigns a number to each owner, so that what is known of a process contains no reference-counted value.
///
/// No count shows when an owner's last process is forgotten, so unused owners are removed by `keep(only:)`.
package struct OwnerNumbers: Sendable {
  fileprivate static let unknownUnit = ProcessOwner.host(unit: nil)
  fileprivate static let initScope = ProcessOwner.host(unit: "init.scope")

  /// By number; nil if the number is free.
  private var owners: [ProcessOwner?] = [unknownUnit, initScope]
  private var numbers: [ProcessOwner: OwnerNumber] = [unknownUnit: .unknownUnit, initScope: .initScope]
  private var free: [UInt32] = []
  private var limit = Self.minLimit
  private static let minLimit = 4096

  package init() {}

  /// The number of owners that have a number.
  package var count: Int { numbers.count }

  package subscript(number: OwnerNumber) -> ProcessOwner { owners[Int(number.index)] ?? Self.unknownUnit }

  /// Returns the number of an owner, and assigns one if the owner has none.
  package mutating func number(of owner: ProcessOwner) -> OwnerNumber {
    if let known = numbers[owner] { return known }
    let number = OwnerNumber(owner, index: free.popLast() ?? UInt32(owners.count))
    if Int(number.index) == owners.count { owners.append(owner) } else { owners[Int(number.index)] = owner }
    numbers[owner] = number
    return number
  }

  /// Whether there are so many owners that `keep(only:)` is worth its cost.
  package var needsCleaning: Bool { numbers.count >= limit }

  /// Forgets all owners but these. Call this only when no other number will be used again.
  package mutating func keep(only used: Set<OwnerNumber>) {
    let kept = used.union([.unknownUnit, .initScope])
    for (owner, number) in numbers where !kept.contains(number) {
      numbers[owner] = nil
      owners[Int(number.index)] = nil
      free.append(number.index)
    }
    limit = max(Self.minLimit, 2 * numbers.count)
  }
}
