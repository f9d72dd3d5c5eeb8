import ProcessTable

extension KernelModel {
  /// The next event, of those that have come.
  func takeEvent() -> ProcessEvent? { events.isEmpty ? nil : events.removeFirst() }

  /// Before that all have been taken.
  var oldestRecord: Int64 { records.map(\.window.lowerBound).min() ?? time }

  func takeRecords() -> [Record] {
    defer { records = [] }
    return records
  }

  var all: [Int32] { processes.keys.sorted() }

  /// Looks into /proc, while things go on.
  func read(_ pid: Int32, _ withStart: Bool) -> ProcessReading {
    let asked = time
    if chance(3) { step() }
    guard let process = processes[pid] else {
      return ProcessReading(owner: nil, threads: 0, asked: asked...time)
    }
    if chance(3) { step() }
    let tick = 10 * Self.millisecond
    return ProcessReading(
      owner: process.hasExited && hidesExited ? nil : process.owner,
      began: withStart ? process.began / tick * tick : nil,
      parent: withStart ? process.parent : nil, threads: process.lingers ? 2 : 1,
      isOver: process.hasExited && !process.lingers, asked: asked...time)
  }

  /// As `read`, by one who takes note at once.
  func look(_ pid: Int32, _ withStart: Bool) -> ProcessReading {
    let reading = read(pid, withStart)
    // Where it was not told of yet that this is another one, it may be taken for the one before.
    if case .container = reading.owner, let process = processes[pid], !process.hasExited,
      process.owner == reading.owner, !events.contains(where: { $0.pid == pid })
    {
      lives[process.number].isKnown = true
    }
    return reading
  }
}
