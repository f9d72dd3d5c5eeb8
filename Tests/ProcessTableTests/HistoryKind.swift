import ProcessTable

/// What may happen in a history, and how the table is used.
enum HistoryKind: CaseIterable {
  /// All events are reported, from the start.
  case whole
  /// The same, but a PID may be used again at once, which a real kernel never does.
  case quick
  /// All events are reported, and all processes are scanned again and again.
  case scans
  /// All events are reported, and processes are moved into containers after they have created others.
  case lateMoves
  /// All events are reported up to 20 ms late, or at once if a container may be starting; unrelated events arrive in any order.
  case late
  /// All events are reported, and orphans get parents of other containers, whose children they then create.
  case siblings
  /// Events are lost now and then.
  case losses
  /// Events are switched off now and then, and on again when that is noticed.
  case silence
  /// Events are switched off, cannot be switched on by the service, and return only when another program switches them on.
  case cutOff
  /// The table does not always have space for all running processes.
  case small
  /// The table hardly ever has space for all running processes.
  case tiny
  /// Events and records have waited for the start of the service.
  case restart
  /// There are no events, only /proc.
  case noEvents

  var hasEventStream: Bool { self != .noEvents }
  var losesStream: Bool { self == .silence || self == .cutOff }
  /// Whether everything that can be known must be known.
  var isWhole: Bool {
    switch self {
    case .whole, .scans, .lateMoves, .late, .siblings: true
    default: false
    }
  }

  private var maxCount: Int {
    switch self {
    case .small: 20
    case .tiny: 6
    default: .max
    }
  }

  private var maxEnded: Int { self == .small ? 14 : maxCount }

  func table(hasEventStream: Bool, since time: Int64) -> ProcessTable {
    ProcessTable(hasEventStream: hasEventStream, since: time, maxCount: maxCount, maxEnded: maxEnded)
  }

  var nature: KernelModel.Nature {
    switch self {
    case .whole: KernelModel.Nature(lingers: true, rest: 50)
    case .siblings:
      KernelModel.Nature(lingers: true, rest: 50, crosses: true, hostCrosses: true, leaves: true)
    case .scans: KernelModel.Nature(lingers: true, rest: 50, crosses: true, leaves: true)
    case .losses, .silence: KernelModel.Nature(lingers: true, rest: 50, crosses: true)
    case .quick: KernelModel.Nature(lingers: true, movesUnits: false)
    case .lateMoves: KernelModel.Nature(lingers: true, rest: 50, movesLate: true)
    case .late: KernelModel.Nature(lingers: true, rest: 50, reorders: true)
    case .restart: KernelModel.Nature(rest: 50)
    case .small, .tiny: KernelModel.Nature(crosses: true)
    // What is known of a PID is valid for one second.
    case .cutOff, .noEvents: KernelModel.Nature(rest: 1050)
    }
  }

  var steps: Int { nature.rest > 1000 ? 4000 : 400 }
  var seeds: UInt64 { nature.rest > 1000 ? 100 : 500 }

  /// The maximum of unresolved records, in percent: slightly more than there are.
  var maxUnresolved: Int {
    switch self {
    case .whole, .quick, .scans, .lateMoves, .late, .siblings, .cutOff: 4
    case .losses, .silence: 12
    case .small: 16
    case .tiny: 26
    case .restart: 3
    case .noEvents: 9
    }
  }
}
