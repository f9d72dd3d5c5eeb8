import AuditRecord

extension LogLine {
  /// What each line of a log is.
  static func reading(_ lines: [String]) -> [LogLine] {
    var reader = LogLineReader(types: [.seccomp])
    return lines.map { line in
      let bytes = Array(line.utf8)
      return reader.read(bytes.span)
    }
  }

  var isRecord: Bool {
    if case .record = self { true } else { false }
  }
}

/// Ways in which readers of the kernel log show a message of several lines. Each gives its lines.
enum LogForm: CaseIterable {
  /// dmesg -S, busybox: each line with the kernel's own time.
  case syslogCall
  /// dmesg -S -r, dmesg -p
  case priority
  /// klogd, rsyslog's imklog
  case rsyslog
  /// printk.time=0
  case withoutKernelTime, iso
  /// dmesg -T -S
  case dateTime
  /// dmesg, journalctl -k: later lines are indented.
  case dmesg, journalctl
  /// dmesg -t
  case withoutTime, priorityOnly
  /// An old dmesg: only the first line has a prefix.
  case oldDmesg
  /// A log daemon that leaves line feeds as they are.
  case oldSyslog

  func show(_ lines: [String]) -> [String] {
    switch self {
    case .syslogCall: lines.map { "[   12.345678] " + $0 }
    case .priority: lines.map { "<5>[   12.345678] " + $0 }
    case .rsyslog: lines.map { "Nov 23 22:12:01 host kernel: [   12.345678] " + $0 }
    case .withoutKernelTime: lines.map { "Nov 23 22:12:01 host kernel: " + $0 }
    case .iso: lines.map { "2026-11-23T22:12:01.123456+00:00 host kernel: " + $0 }
    case .dateTime: lines.map { "[Thu Nov 23 22:12:01 2026] " + $0 }
    case .dmesg: Self.first("[   12.345678] ", then: "               ", lines)
    case .journalctl:
      Self.first("Nov 23 22:12:01 host kernel: ", then: "                             ", lines)
    case .withoutTime: lines
    case .priorityOnly: lines.map { "<5>" + $0 }
    case .oldDmesg: Self.first("[   12.345678] ", then: "", lines)
    case .oldSyslog: Self.first("Nov 23 22:12:01 host kernel: ", then: "", lines)
    }
  }

  private static func first(_ prefix: String, then later: String, _ lines: [String]) -> [String] {
    lines.enumerated().map { ($0.offset == 0 ? prefix : later) + $0.element }
  }
}
