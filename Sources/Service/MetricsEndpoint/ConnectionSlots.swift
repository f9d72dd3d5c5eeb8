/// Which connections are open, and which of them leaves for a new one where there are as many as there may be.
///
/// The oldest whose request is not whole leaves first, then the oldest that has its answer and is slow to take it. One whose answer is
/// being made never does: that takes a moment, and then it was right to ask.
package struct ConnectionSlots<Connection> {
  package enum Phase {
    /// Its request is not whole.
    case asking
    /// Its answer is being made.
    case waiting
    /// It has its answer to take.
    case taking
  }

  private let maxCount: Int
  /// The oldest first.
  private var entries: [(number: Int, phase: Phase, connection: Connection)] = []
  private var lastNumber = 0

  package init(maxCount: Int) { self.maxCount = maxCount }

  /// Lets one in. Returns its number, and who leaves for it; nil if nobody can.
  package mutating func enter(_ connection: Connection) -> (number: Int, leaving: Connection?)? {
    var leaving: Connection?
    if entries.count >= maxCount {
      guard let index = oldest(.asking) ?? oldest(.taking) else { return nil }
      leaving = entries.remove(at: index).connection
    }
    lastNumber += 1
    entries.append((lastNumber, .asking, connection))
    return (lastNumber, leaving)
  }

  /// Notes how far one has come, if it is still here.
  package mutating func set(_ number: Int, _ phase: Phase) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries[index].phase = phase
  }

  package mutating func leave(_ number: Int) { entries.removeAll { $0.number == number } }

  private func oldest(_ phase: Phase) -> Int? { entries.firstIndex { $0.phase == phase } }
}
