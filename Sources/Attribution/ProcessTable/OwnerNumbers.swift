package import Cgroups

/// An owner by a number: equal for equal owners, and copied as cheaply as an integer. See `OwnerNumbers`.
package struct OwnerNumber: Hashable, Sendable, BitwiseCopyable {
  /// Whether it is a container, of whatever runtime. Its processes stay in it.
  package let isContainer: Bool
  /// Whether its processes start containers.
  package let isRuntime: Bool
  fileprivate let index: UInt32

  fileprivate init(_ owner: ProcessOwner, index: UInt32) {
    self.index = index
    isContainer = owner.isContainer
    isRuntime = if case .host(let unit?) = owner { RuntimeUnits.startsContainers(unit) } else { false }
  }

  /// Of the host, and nothing is known of the unit.
  package static let unknownUnit = OwnerNumber(OwnerNumbers.unknownUnit, index: 0)
  /// Where processes are that systemd has started a moment ago.
  package static let initScope = OwnerNumber(OwnerNumbers.initScope, index: 1)
}

/// Gives each owner of a process a number, so that what is known of a process refers to nothing that is counted.
///
/// Owners come and go, and nobody says when the last of their processes is forgotten: see `keep(only:)`.
package struct OwnerNumbers: Sendable {
  fileprivate static let unknownUnit = ProcessOwner.host(unit: nil)
  fileprivate static let initScope = ProcessOwner.host(unit: "init.scope")

  /// nil where a number is free.
  private var owners: [ProcessOwner?] = [unknownUnit, initScope]
  private var numbers: [ProcessOwner: OwnerNumber] = [unknownUnit: .unknownUnit, initScope: .initScope]
  private var free: [UInt32] = []
  private var limit = Self.minLimit
  private static let minLimit = 4096

  /// Owners that have a number.
  package init() {}

  package var count: Int { numbers.count }

  package subscript(number: OwnerNumber) -> ProcessOwner { owners[Int(number.index)] ?? Self.unknownUnit }

  /// The number of an owner, which gets one if it has none.
  package mutating func number(of owner: ProcessOwner) -> OwnerNumber {
    if let known = numbers[owner] { return known }
    let number = OwnerNumber(owner, index: free.popLast() ?? UInt32(owners.count))
    if Int(number.index) == owners.count { owners.append(owner) } else { owners[Int(number.index)] = owner }
    numbers[owner] = number
    return number
  }

  /// Whether there are so many that `keep(only:)` is worth it.
  var needsCleaning: Bool { numbers.count >= limit }

  /// Forgets all owners but these. To be called only while no other number is still to be used.
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
