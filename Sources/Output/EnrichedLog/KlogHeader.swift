internal import CLinuxAudit
internal import Glibc

/// The beginning of klog's lines, after the level: `0516 08:13:07.654039 4190800 enricher.swift:1] `.
///
/// It is rendered once per second. Otherwise only the microseconds are replaced.
// See: formatHeader() in k8s.io/klog
struct KlogHeader: ~Copyable {
  private(set) var bytes = LineBuffer()
  private var second: Int64 = .min

  /// The range of the microseconds.
  private static let microseconds = 14..<20

  /// klog's reference to the source line that logs. It is the same for every line and version, so that it can be matched.
  private static let source: StaticString = " enricher.swift:1] "

  /// Sets the time, as seconds since 1970 and microseconds. Must be called by the thread that writes the lines.
  mutating func set(seconds: Int64, microseconds: Int64) {
    if seconds != second {
      second = seconds
      render(seconds)
    }
    bytes.replace(Self.microseconds, decimal: microseconds)
  }

  private mutating func render(_ seconds: Int64) {
    var time = time_t(seconds)
    // A local value. Its pointer to the zone's name is not used.
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
