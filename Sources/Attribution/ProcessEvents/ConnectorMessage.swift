internal import CLinuxAudit

/// A message of the process connector. See: struct cn_msg, struct proc_event
package struct ConnectorMessage {
  package let event: ProcessEvent?
  /// When the reported event happened, in nanoseconds of the monotonic clock; nil if the message reports none.
  package let time: Int64?
  /// When the kernel granted a request to switch events on or off; nil for other messages. All listeners receive this answer. A
  /// request that the kernel refused has changed nothing.
  package let switched: Int64?

  package init?(_ bytes: borrowing Span<UInt8>) {
    guard bytes.count >= 60, bytes.number(at: 0) == CN_IDX_PROC, bytes.number(at: 4) == CN_VAL_PROC else {
      return nil
    }
    // No machine runs for 146 years: longer times are impossible, and differences of shorter ones never overflow.
    let time = Int64(min(UInt64(bytes.number(at: 28)) | UInt64(bytes.number(at: 32)) << 32, 1 << 62))
    func pid(_ index: Int) -> Int32 { Int32(bitPattern: bytes.number(at: 36 + 4 * index)) }

    let what = bytes.number(at: 20)
    self.time = what == 0 ? nil : time
    // In an answer the next number is 0 or an errno.
    switched = what == 0 && bytes.number(at: 36) == 0 ? time : nil
    switch what {
    // Threads are reported, too: their ID is not that of their process.
    case linux_proc_event_fork:
      let kind: ProcessEvent.Kind = pid(2) == pid(3) ? .fork(parent: pid(1)) : .threadFork
      event = ProcessEvent(kind, pid: pid(3), time: time)
    case linux_proc_event_exec: event = ProcessEvent(.exec, pid: pid(1), time: time)
    case linux_proc_event_exit:
      event = ProcessEvent(pid(0) == pid(1) ? .exit : .threadExit, pid: pid(1), time: time)
    default: event = nil
    }
  }
}

extension Span<UInt8> {
  /// Four bytes as a number, in the order of a little-endian machine.
  fileprivate func number(at index: Int) -> UInt32 {
    UInt32(self[index]) | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2]) << 16
      | UInt32(self[index + 3]) << 24
  }
}
