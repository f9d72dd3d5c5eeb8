internal import CLinuxAudit
internal import Glibc

/// The beginning of klog's lines, behind the level: `0516 08:13:07.654039 4190800 KlogHeader.swift:9] `.
// See: formatHeader() in k8s.io/klog
struct KlogHeader: Sendable {
  private(set) var bytes: [UInt8] = []
  private var second: Int64 = .min
  private var local = tm()
  private var source: [UInt8]

  init(file: String = #fileID, line: Int = #line) {
    source = Array(" \(file.split(separator: "/").last ?? ""):\(line)] ".utf8)
  }

  /// Sets the time, in seconds since 1970 and what is beyond them. Called by the thread that writes the lines.
  mutating func set(seconds: Int64, microseconds: Int64) {
    if seconds != second {
      second = seconds
      var time = time_t(seconds)
      unsafe localtime_r(&time, &local)
    }
    var buffer = LineBuffer()
    buffer.append(decimal: Int64(local.tm_mon) + 1, digits: 2)
    buffer.append(decimal: Int64(local.tm_mday), digits: 2)
    buffer.append(UInt8(ascii: " "))
    buffer.append(decimal: Int64(local.tm_hour), digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: Int64(local.tm_min), digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: Int64(local.tm_sec), digits: 2)
    buffer.append(UInt8(ascii: "."))
    buffer.append(decimal: microseconds, digits: 6)
    buffer.append(UInt8(ascii: " "))
    let thread = String(linux_thread_id())
    for _ in thread.utf8.count..<max(7, thread.utf8.count) { buffer.append(UInt8(ascii: " ")) }
    buffer.append(Array(thread.utf8))
    buffer.append(source)
    bytes = Array(copying: buffer)
  }
}
