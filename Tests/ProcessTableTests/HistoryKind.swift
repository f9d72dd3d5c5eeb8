import ProcessTable

/// What may happen in a history, and what is made of it.
enum HistoryKind: CaseIterable {
  /// All is told, from the start.
  case whole
  /// So it is, and a PID may be used again at once, which it never is by itself.
  case quick
  /// All is told, and all processes are looked at again and again.
  case scans
  /// So it is, and processes are moved into containers after they have made others.
  case lateMoves
  /// All is told up to 20 ms late, what has nothing to do with each other in any order, and at once where a container may be starting.
  case late
  /// All is told, and orphans get parents of other containers, whose siblings they make.
  case siblings
  /// Events are lost now and then.
  case losses
  /// Events are switched off now and then, and on again when that is noticed.
  case silence
  /// They cannot be switched on, and come again only when somebody else does.
  case cutOff
  /// There is not always room for all that run.
  case small
  /// There hardly ever is.
  case tiny
  /// Events and records have waited for the start.
  case restart
  /// /proc is all there is.
  case noEvents

  var hasEventStream: Bool { self != .noEvents }
  var fallsSilent: Bool { self == .silence || self == .cutOff }
  /// Whether whatever can be known is.
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
    // A PID is trusted for a second.
    case .cutOff, .noEvents: KernelModel.Nature(rest: 1050)
    }
  }

  var steps: Int { nature.rest > 1000 ? 4000 : 400 }
  var seeds: UInt64 { nature.rest > 1000 ? 100 : 500 }

  /// The most that may be unresolved, in percent: little more than is.
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
