internal import AuditRecord

/// The stages between the kernel and a line at which something can be lost. The raw value appears in lines and metrics.
package enum LossStage: String, CaseIterable, Sendable {
  /// Records that were dropped because our socket's receive buffer was full. This is the kernel's own, exact count.
  case socket
  /// Records that the kernel lost before any socket. They are counted if the kernel's audit status is readable.
  case kernel
  /// Serial numbers that never arrived and that no other stage explains. If the socket passes only SECCOMP records, most of them belong
  /// to other records: the number is then an upper bound, which is counted but not reported.
  case serialGap = "serial-gap"
  /// Process events. No record is lost, but short-lived processes may be unresolved.
  case connector
  /// Records that waited too long for the names of their container. They are written without names.
  case parked
  /// Records beyond their container's limit, which are dropped as configured.
  case suppressed
  /// Records that journald did not accept.
  case journal
  /// Records that were read and then discarded, because three runs were killed while they processed them.
  case memory
  /// Parts of a followed log that was rotated or truncated before they were read. This counts events, because the size of each loss is
  /// unknown.
  case rotation
}

/// The loss counts per stage. A count saturates at its maximum instead of wrapping.
package struct LossAccount: Equatable, Sendable {
  // One count per stage. An inline array avoids a heap allocation, because each batch creates an account.
  private var counts = InlineArray<9, UInt64>(repeating: 0)

  package init() {}

  package static func == (first: LossAccount, second: LossAccount) -> Bool {
    LossStage.allCases.allSatisfy { first[$0] == second[$0] }
  }

  package subscript(stage: LossStage) -> UInt64 { counts[stage.index] }

  /// The number of records that are certain never to become a line.
  package var records: UInt64 {
    self[.socket].addingOrStopping(self[.kernel]).addingOrStopping(self[.journal])
      .addingOrStopping(self[.memory])
  }

  package mutating func add(_ count: UInt64, at stage: LossStage) {
    counts[stage.index].addOrStop(count)
  }
}

extension LossStage {
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
