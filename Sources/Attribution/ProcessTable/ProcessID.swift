/// Process IDs, as the kernel gives them out.
enum ProcessID {
  /// All are below that.
  // See: PID_MAX_LIMIT in include/linux/threads.h
  static let limit: Int32 = 1 << 22

  static func isPossible(_ pid: Int32) -> Bool { 0..<limit ~= pid }
}
