internal import CLinuxAudit
internal import Glibc

/// The beginning of klog's lines, behind the level: `0516 08:13:07.654039 4190800 KlogHeader.swift:9] `.
// See: formatHeader() in k8s.io/klog
struct KlogHeader: Sendable {
  private(set) var bytes: [UInt8] = []
  private var second: Int64 = .min
  /// `0516 08:13:07.`, which lasts a second.
  private var time: [UInt8] = []
  private let source: [UInt8]

  init(file: String = #fileID, line: Int = #line) {
    source = Array(" \(file.split(separator: "/").last ?? ""):\(line)] ".utf8)
  }

  /// Sets the time, in seconds since 1970 and what is beyond them. Called by the thread that writes the lines.
  mutating func set(seconds: Int64, microseconds: Int64) {
    if seconds != second {
      second = seconds
      time = Self.render(seconds)
    }
    var buffer = LineBuffer()
    buffer.append(time)
    buffer.append(decimal: microseconds, digits: 6)
    buffer.append(UInt8(ascii: " "))
    let thread = String(linux_thread_id())
    for _ in thread.utf8.count..<max(7, thread.utf8.count) { buffer.append(UInt8(ascii: " ")) }
    buffer.append(Array(thread.utf8))
    buffer.append(source)
    bytes = Array(copying: buffer)
  }

  private static func render(_ seconds: Int64) -> [UInt8] {
    var time = time_t(seconds)
    // Local to this call, as is its pointer to the zone's name, which nobody follows.
    var local = unsafe tm()
    unsafe localtime_r(&time, &local)
    let (month, day) = unsafe (Int64(local.tm_mon) + 1, Int64(local.tm_mday))
    let (hour, minute, second) = unsafe (
      Int64(local.tm_hour), Int64(local.tm_min), Int64(local.tm_sec)
    )
    var buffer = LineBuffer()
    buffer.append(decimal: month, digits: 2)
    buffer.append(decimal: day, digits: 2)
    buffer.append(UInt8(ascii: " "))
    buffer.append(decimal: hour, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: minute, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: second, digits: 2)
    buffer.append(UInt8(ascii: "."))
    return Array(copying: buffer)
  }
}
