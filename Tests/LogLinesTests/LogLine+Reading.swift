import AuditRecord
import LogLines

extension LogLine {
  /// Reads each line of a log.
  static func reading(_ lines: [String]) -> [LogLine] {
    var reader = LogLineReader(types: [.seccomp])
    return lines.map { line in
      let bytes = Array(line.utf8)
      return reader.read(bytes.span)
    }
  }
}

/// The forms in which programs show a kernel message of several lines.
enum LogForm: CaseIterable {
  /// dmesg -S, busybox: each line has the kernel's time.
  case syslogCall
  /// dmesg -S -r, dmesg -p
  case priority
  /// klogd, rsyslog's imklog
  case rsyslog
  /// printk.time=0
  case withoutKernelTime, iso
  /// dmesg -T -S
  case dateTime
  /// dmesg, journalctl -k: all lines but the first are indented.
  case dmesg, journalctl
  /// dmesg -t
  case withoutTime, priorityOnly
  /// An old dmesg: only the first line has a prefix.
  case oldDmesg
  /// A log daemon that does not escape line feeds.
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
