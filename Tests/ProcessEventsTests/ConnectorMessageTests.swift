import ProcessEvents
import Testing

struct ConnectorMessageTests {
  private let time: Int64 = 1_000_000_000_000

  /// A message as the kernel writes it: struct cn_msg, struct proc_event, and the rest of its 40 bytes.
  private func message(_ what: UInt32, _ numbers: [UInt32]) -> ConnectorMessage? {
    let head: [UInt32] = [1, 1, 0, 0, 40, what, 0, UInt32(truncatingIfNeeded: time), UInt32(time >> 32)]
    let all = head + numbers + Array(repeating: 0, count: 6 - numbers.count)
    let bytes = all.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    return ConnectorMessage(bytes.span)
  }

  @Test("Forks, execs and exits of processes and of threads are distinguished")
  func kinds() {
    #expect(message(1, [5, 5, 10, 10]) == .event(ProcessEvent(.fork(parent: 5), pid: 10, time: time)))
    #expect(message(1, [5, 5, 11, 10]) == .event(ProcessEvent(.threadFork, pid: 10, time: time)))
    #expect(message(2, [10, 10]) == .event(ProcessEvent(.exec, pid: 10, time: time)))
    #expect(message(0x8000_0000, [10, 10]) == .event(ProcessEvent(.exit, pid: 10, time: time)))
    #expect(message(0x8000_0000, [11, 10]) == .event(ProcessEvent(.threadExit, pid: 10, time: time)))
  }

  @Test("A changed name is not an event, but shows that events are received")
  func name() {
    #expect(message(0x200, [10, 10]) == .otherEvent(at: time))
    #expect(message(0x200, [10, 10])?.eventTime == time)
  }

  @Test("Only an answer that grants a request means that events may have been off, and no answer is an event")
  func answers() {
    #expect(message(0, [0]) == .switched(at: time))
    for errno in [1, 22] as [UInt32] { #expect(message(0, [errno]) == .refused) }
    for errno in [0, 1, 22] as [UInt32] { #expect(message(0, [errno])?.eventTime == nil) }
  }
}
