internal import CLinuxAudit
internal import Glibc

/// The beginning of klog's lines, behind the level: `0516 08:13:07.654039 4190800 enricher.swift:1] `.
///
/// It is made once a second, for all lines of that; in between nothing but the microseconds are set.
// See: formatHeader() in k8s.io/klog
struct KlogHeader: ~Copyable {
  private(set) var bytes = LineBuffer()
  private var second: Int64 = .min

  /// Where the microseconds stand.
  private static let microseconds = 14..<20

  /// Where klog names the line of code that logs: the same in every version and for every line, so that it can be matched.
  private static let source: StaticString = " enricher.swift:1] "

  /// Sets the time, in seconds since 1970 and what is beyond them. Called by the thread that writes the lines.
  mutating func set(seconds: Int64, microseconds: Int64) {
    if seconds != second {
      second = seconds
      render(seconds)
    }
    bytes.replace(Self.microseconds, decimal: microseconds)
  }

  private mutating func render(_ seconds: Int64) {
    var time = time_t(seconds)
    // Local to this call, as is its pointer to the zone's name, which nobody follows.
    var local = unsafe tm()
    unsafe localtime_r(&time, &local)
    let (month, day) = unsafe (Int64(local.tm_mon) + 1, Int64(local.tm_mday))
    let (hour, minute, second) = unsafe (
      Int64(local.tm_hour), Int64(local.tm_min), Int64(local.tm_sec)
    )
    bytes.removeAll()
    bytes.append(decimal: month, digits: 2)
    bytes.append(decimal: day, digits: 2)
    bytes.append(UInt8(ascii: " "))
    bytes.append(decimal: hour, digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(decimal: minute, digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(decimal: second, digits: 2)
    bytes.append(".000000 ")
    let thread = Array(String(linux_thread_id()).utf8)
    for _ in thread.count..<max(7, thread.count) { bytes.append(UInt8(ascii: " ")) }
    bytes.append(thread)
    bytes.append(Self.source)
  }
}
