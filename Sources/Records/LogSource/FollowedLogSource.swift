package import AuditRecord
package import AuditSource
internal import BasicContainers
internal import Glibc
internal import LinuxSystem
internal import LogLines

/// Reads the lines of a log that is still being written, from its beginning and across rotations.
///
/// After a rotation the source reads the renamed log to its end, then any files to which the log was rotated meanwhile, then the new log.
/// It continues to read a finished file for a while, because the writer may keep it open. It reports a loss for a file that it cannot
/// find, for a log that was truncated in place, for lines that came too late, and if more files had the log's name than it has read.
package struct FollowedLogSource: RecordSource, ~Copyable {
  private let path: String
  private var reader: LogLineReader
  private var watch: LogWatch
  /// The file that is being read: the log itself, or a file to which it was rotated.
  private var log: OpenLog
  /// Previous files, the oldest first, which may still grow.
  private var previousFiles = UniqueArray<OpenLog>()
  private static let maxPreviousFiles = 4
  /// How long a previous file is read after its last new line, in nanoseconds.
  private let lateTime: Int64
  private var losses: UInt64 = 0
  /// Files that were missing since the log itself was last read.
  private var missing = Missing()
  /// How often in a row a file seemed to be missing.
  private var gapRetries = 0
  private static let maxGapRetries = 50

  /// Opens `path`, which must exist.
  package init(path: String, types: [RecordType]) throws(SourceError) {
    try self.init(path: path, types: types, lateSeconds: 60)
  }

  package init(path: String, types: [RecordType], lateSeconds: Int64) throws(SourceError) {
    // The watch starts before the file is opened, so that a replacement of the file is noticed.
    let watch = try LogWatch(path: path)
    let file = try LogFile(path: path)
    let fileWatch = watch.add(file)
    log = OpenLog(file, watch: fileWatch)
    self.watch = watch
    self.path = path
    reader = LogLineReader(types: types)
    lateTime = lateSeconds * 1_000_000_000
  }

  package var name: String { path }
  package var receiveBuffer: Int64? { nil }
  package var descriptor: Int32? { watch.descriptor }

  package mutating func use(_ types: [RecordType]) { reader.use(types) }

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    let progress = try readLines(into: &batch)
    batch.readLines(by: &reader)
    return progress
  }

  private mutating func readLines(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    // The events are drained before reading, so that any later change wakes the caller again.
    watch.drain()
    if readPreviousFiles(into: &batch) { return .full }
    if log.isCutOff {
      // The log was truncated and restarted, as logrotate's copytruncate does. The unfinished line remains unfinished, and unread lines
      // are lost.
      log.finish(&batch)
      log.rewind()
      losses += 1
      return .full
    }
    // The name is checked before reading, so that a replaced file is still read to its end.
    let isReplaced = isReplaced
    if log.file.isReady, try readCurrentFile(into: &batch) { return .full }
    guard isReplaced else {
      batch.removeAll()
      accountAtEndOfLog()
      return .drained
    }
    return try openNextFile(&batch)
  }

  /// Returns the losses since the last call. Each counts as one, because its size is unknown.
  package mutating func drainLosses(_ serials: SerialCheck) -> Losses {
    var found = Losses()
    found.account.add(losses + watch.drainLateWrites(), at: .rotation)
    losses = 0
    return found
  }

  private mutating func readCurrentFile(into batch: inout RecordBatch) throws(SourceError) -> Bool {
    do throws(SourceError) {
      return try log.read(into: &batch)
    } catch {
      // A rotated file can be skipped.
      guard log.file.isPacked, isReplaced else { throw error }
      losses += 1
      return false
    }
  }

  /// Reads new lines of previous files. Returns false if there are none.
  private mutating func readPreviousFiles(into batch: inout RecordBatch) -> Bool {
    guard !previousFiles.isEmpty else { return false }
    let now = KernelClock.monotonic
    for index in previousFiles.indices {
      if previousFiles[index].isCutOff {
        losses += 1
        previousFiles[index].rewind()
      }
      if let isRead = try? previousFiles[index].read(into: &batch), isRead {
        previousFiles[index].deadline = now + lateTime
        return true
      }
      if previousFiles[index].deadline <= now {
        abandon(at: index, &batch)
        return true
      }
    }
    return false
  }

  /// Stops reading a previous file, after its unfinished line.
  private mutating func abandon(at index: Int, _ batch: inout RecordBatch) {
    previousFiles[index].finish(&batch)
    watch.abandon(previousFiles[index].watch)
    previousFiles.remove(at: index)
  }

  /// Whether the log's name now belongs to another file than the one that is being read.
  private var isReplaced: Bool {
    guard let new = FileStatus(ofPath: path), let old = FileStatus(of: log.file.fd) else { return false }
    return !new.isSameFile(as: old)
  }

  // MARK: The next file

  /// Continues with the file that follows the one that was read to its end.
  private mutating func openNextFile(_ batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.removeAll()
    guard var held = FileStatus(of: log.file.fd), let target = LogFile.target(of: path) else {
      return .drained
    }
    let beginning = held.hasName ? [] : log.file.beginning
    let directory = (log.file.currentPath ?? target).directory
    let logs = RotatedLogs(of: target.fileName, in: directory)
    // The events are drained after listing, so that every listed file has been counted.
    watch.drain()
    var found = Missing()
    while true {
      let arrivals = watch.arrivals - Int(found.unreadable)
      let (next, isComplete) = next(of: logs, after: held, beginning, arrivals)
      if next == .log ? arrivals > 1 || !isComplete : !isComplete {
        // Files are renamed one after the other, so in the middle of a rotation one may seem to be missing.
        gapRetries += 1
        guard gapRetries > Self.maxGapRetries else {
          usleep(1000)
          return .full
        }
        if !isComplete { found.gaps += 1 }
      }
      if next == .log { watch.addLog() }
      var packing = RotatedLogs.Packing.none
      var name = path
      if case .file(let file) = next { (name, packing) = (file.path, file.packing) }
      guard let status = FileStatus(ofPath: name) else { return .drained }
      // While the new log is empty, its writer may still append to the old one.
      if next == .log, status.size == 0 { return .drained }
      if let opened = try? LogFile(path: name), packing != .other || opened.isPacked {
        watch.drain()
        // A second listing shows whether any file was renamed meanwhile.
        let listed = RotatedLogs(of: target.fileName, in: directory)
        let again = self.next(of: listed, after: held, beginning, watch.arrivals - Int(found.unreadable))
        guard again.next == next, FileStatus(of: opened.fd)?.isSameFile(as: status) == true,
          FileStatus(ofPath: name)?.isSameFile(as: status) == true
        else { return .full }
        account(for: next, found)
        switchLog(to: opened, &batch)
        return .full
      }
      // The file cannot be read, or was renamed.
      guard case .file(let file) = next, file.status.isSameFile(as: status) else { return .drained }
      found.unreadable += 1
      held = file.status
    }
  }

  /// The file that follows `held`. If only one file has received the log's name, it must be the current log, even if `held` cannot be
  /// found or numbers seem to be missing.
  private func next(
    of logs: RotatedLogs, after held: FileStatus, _ beginning: [UInt8], _ arrivals: Int
  ) -> (next: RotatedLogs.Next, isComplete: Bool) {
    let named = logs.next(after: held, beginning: beginning)
    return !named.isComplete && arrivals == 1 && !watch.isUncertain ? (.log, true) : named
  }

  /// Makes the current file a previous one, and `file` the current one.
  private mutating func switchLog(to file: consuming LogFile, _ batch: inout RecordBatch) {
    let fileWatch = watch.add(file)
    watch.watchDirectories()
    var other = OpenLog(file, watch: fileWatch)
    swap(&log, &other)
    gapRetries = 0
    guard other.mayGrow else {
      other.finish(&batch)
      return
    }
    if previousFiles.count == Self.maxPreviousFiles { abandon(at: 0, &batch) }
    other.deadline = KernelClock.monotonic + lateTime
    previousFiles.append(other)
  }

  // MARK: What is missing

  /// Accounts for losses if the log is the current file and has been read to its end.
  private mutating func accountAtEndOfLog() {
    guard let status = FileStatus(of: log.file.fd), FileStatus(ofPath: path)?.isSameFile(as: status) == true
    else { return }
    // One arrival may be the current file itself, which was renamed back.
    if watch.arrivals > 1 { losses += 1 }
    watch.accountForReturn()
  }

  private mutating func account(for next: RotatedLogs.Next, _ found: Missing) {
    missing.gaps += found.gaps
    missing.unreadable += found.unreadable
    for _ in 0..<found.unreadable { watch.accountForOne() }
    guard next == .log else { return watch.accountForOne() }
    let files = missing.gaps + missing.unreadable
    if watch.arrivals > 1 || watch.isUncertain {
      losses += max(1, files)
    } else {
      // If every file that had the log's name is accounted for, no other file is missing.
      losses += watch.arrivals == 1 ? missing.unreadable : files
    }
    missing = Missing()
    watch.accountForAll()
  }

  private struct Missing {
    /// Gaps in the numbers of rotated files, and current files that disappeared.
    var gaps: UInt64 = 0
    /// Files that are compressed in an unsupported format, or not readable.
    var unreadable: UInt64 = 0
  }
}
