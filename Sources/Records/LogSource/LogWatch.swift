internal import AuditSource
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// Watches a log and its directory with inotify(7). Counts how many files have received the log's name, because each must be read.
struct LogWatch: ~Copyable {
  private let queue: FileDescriptor
  private let path: String
  /// The directories and names to watch: the log's own, and those of its target if the log is a symbolic link.
  private var names: [(directory: Int32, name: String)] = []
  /// The watches of files that are no longer read.
  private var abandoned: [Int32] = []
  private static let maxAbandoned = 64

  /// The number of files that received the log's name and have not been read. -1 if a file was read before its event arrived.
  private(set) var arrivals = 0
  /// Whether inotify lost events.
  private(set) var isUncertain = false
  /// The number of files that were written to after they had been abandoned.
  private(set) var lateWrites: UInt64 = 0

  /// Starts watching the directory of `path`.
  init(path: String) throws(SourceError) {
    let fd = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard fd >= 0 else { throw LogFile.unreadable(path, .last) }
    queue = FileDescriptor(rawValue: fd)
    self.path = path
    watchDirectories()
  }

  deinit { try? queue.close() }

  var descriptor: Int32 { queue.rawValue }

  /// Watches the directories that contain the log's files now.
  mutating func watchDirectories() {
    names.removeAll()
    for path in [path, LogFile.target(of: path)] {
      guard let path else { continue }
      // The kernel merges two equal events in succession. The mask includes the events that occur between two arrivals, so both are
      // reported.
      let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
      names.append((unsafe inotify_add_watch(queue.rawValue, path.directory, mask), path.fileName))
    }
  }

  /// Watches an open file, whatever its name is. Returns the watch descriptor.
  func add(_ file: borrowing LogFile) -> Int32 { addFile("/proc/self/fd/\(file.fd)") }

  /// Watches the file that has the log's name now.
  func addLog() { _ = addFile(path) }

  private func addFile(_ path: String) -> Int32 {
    unsafe inotify_add_watch(queue.rawValue, path, UInt32(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF))
  }

  /// Stops reading the file of this watch. Whatever is written to it later is lost.
  mutating func abandon(_ watch: Int32) {
    if abandoned.count == Self.maxAbandoned { _ = inotify_rm_watch(queue.rawValue, abandoned.removeFirst()) }
    abandoned.append(watch)
  }

  /// Reads all pending events.
  mutating func drain() {
    // One event has at most 272 bytes.
    var events = [UInt8](repeating: 0, count: 4096)
    while let count = try? unsafe events.withUnsafeMutableBytes({ unsafe try queue.read(into: $0) }),
      count > 0
    {
      var offset = 0
      while offset + 16 <= count {
        let length = Int(Self.number(events, offset + 12))
        let name = events[(offset + 16)..<min(offset + 16 + length, count)].prefix { $0 != 0 }
        note(Int32(bitPattern: Self.number(events, offset)), Self.number(events, offset + 4), name)
        offset += 16 + length
      }
    }
  }

  private static func number(_ events: [UInt8], _ offset: Int) -> UInt32 {
    // Any four bytes are a valid number, and slicing checks that they are within the array.
    unsafe events[offset..<offset + 4].withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt32.self) }
  }

  private mutating func note(_ watch: Int32, _ mask: UInt32, _ name: ArraySlice<UInt8>) {
    if mask & UInt32(IN_Q_OVERFLOW) != 0 { isUncertain = true }
    if mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0,
      names.contains(where: { $0.directory == watch && $0.name.utf8.elementsEqual(name) })
    {
      arrivals += 1
    }
    if mask & UInt32(IN_MODIFY | IN_IGNORED) != 0, let index = abandoned.firstIndex(of: watch) {
      abandoned.remove(at: index)
      if mask & UInt32(IN_MODIFY) != 0 {
        lateWrites += 1
        _ = inotify_rm_watch(queue.rawValue, watch)
      }
    }
  }

  /// Accounts for one file that had the log's name: it is now being read, or counted as lost.
  mutating func accountForOne() { if arrivals > 0 { arrivals -= 1 } }

  /// Accounts for all files: the log is now being read, and all earlier files were read or counted as lost.
  mutating func accountForAll() {
    arrivals = arrivals > 0 ? 0 : -1
    isUncertain = false
  }

  /// Accounts for an arrival that was the current file, renamed back.
  mutating func accountForReturn() {
    arrivals = min(arrivals, 0)
    isUncertain = false
  }

  mutating func drainLateWrites() -> UInt64 {
    defer { lateWrites = 0 }
    return lateWrites
  }
}
