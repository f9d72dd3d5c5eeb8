/// Process IDs, as the kernel assigns them.
enum ProcessID {
  /// All process IDs are below this limit.
  // See: PID_MAX_LIMIT in include/linux/threads.h
  static let limit: Int32 = 1 << 22

  static func isPossible(_ pid: Int32) -> Bool { 0..<limit ~= pid }
}
