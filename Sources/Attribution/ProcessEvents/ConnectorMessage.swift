internal import CLinuxAudit

/// A message of the process connector. See: struct cn_msg, struct proc_event
package enum ConnectorMessage: Equatable {
  case event(ProcessEvent)
  /// An event that is not used. Times are nanoseconds of the monotonic clock.
  case otherEvent(at: Int64)
  /// The kernel granted a request to switch events on or off. All listeners receive this answer.
  case switched(at: Int64)
  /// The kernel refused such a request, which has changed nothing.
  case refused

  package init?(_ bytes: borrowing Span<UInt8>) {
    guard bytes.count >= 60, bytes.number(at: 0) == CN_IDX_PROC, bytes.number(at: 4) == CN_VAL_PROC else {
      return nil
    }
    // No machine runs for 146 years: longer times are impossible, and differences of shorter ones never overflow.
    let time = Int64(min(UInt64(bytes.number(at: 28)) | UInt64(bytes.number(at: 32)) << 32, 1 << 62))
    func pid(_ index: Int) -> Int32 { Int32(bitPattern: bytes.number(at: 36 + 4 * index)) }

    switch bytes.number(at: 20) {
    // In an answer the next number is 0 or an errno.
    case 0: self = bytes.number(at: 36) == 0 ? .switched(at: time) : .refused
    // Threads are reported, too: their ID is not that of their process.
    case linux_proc_event_fork:
      let kind: ProcessEvent.Kind = pid(2) == pid(3) ? .fork(parent: pid(1)) : .threadFork
      self = .event(ProcessEvent(kind, pid: pid(3), time: time))
    case linux_proc_event_exec: self = .event(ProcessEvent(.exec, pid: pid(1), time: time))
    case linux_proc_event_exit:
      self = .event(ProcessEvent(pid(0) == pid(1) ? .exit : .threadExit, pid: pid(1), time: time))
    default: self = .otherEvent(at: time)
    }
  }
}

extension ConnectorMessage {
  /// When the reported event happened; nil for an answer.
  package var eventTime: Int64? {
    switch self {
    case .event(let event): event.time
    case .otherEvent(let time): time
    case .switched, .refused: nil
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
