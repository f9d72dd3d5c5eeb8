/// Keeps the open connections, and chooses which one to close when a new one exceeds the maximum.
///
/// The oldest connection whose request is incomplete is closed first, then the oldest one that is still reading its answer. A
/// connection whose answer is being prepared is never closed, because that takes only a moment.
package struct ConnectionSlots<Connection> {
  package enum Phase {
    /// The request is incomplete.
    case asking
    /// The answer is being prepared.
    case waiting
    /// The answer is being sent.
    case sending
  }

  private let maxCount: Int
  /// In order of age, oldest first.
  private var entries: [(number: Int, phase: Phase, connection: Connection)] = []
  private var lastNumber = 0

  package init(maxCount: Int) { self.maxCount = maxCount }

  /// Admits a connection. Returns its number, and the connection to close for it; nil if none can be closed.
  package mutating func enter(_ connection: Connection) -> (number: Int, leaving: Connection?)? {
    var leaving: Connection?
    if entries.count >= maxCount {
      guard let index = oldest(.asking) ?? oldest(.sending) else { return nil }
      leaving = entries.remove(at: index).connection
    }
    lastNumber += 1
    entries.append((lastNumber, .asking, connection))
    return (lastNumber, leaving)
  }

  /// Updates the phase of a connection, if it is still open.
  package mutating func set(_ number: Int, _ phase: Phase) {
    guard let index = entries.firstIndex(where: { $0.number == number }) else { return }
    entries[index].phase = phase
  }

  package mutating func leave(_ number: Int) { entries.removeAll { $0.number == number } }

  private func oldest(_ phase: Phase) -> Int? { entries.firstIndex { $0.phase == phase } }
}
