package import AuditRecord
package import AuditSource
internal import BasicContainers
internal import Glibc
internal import LinuxSystem

/// The lines of a log that is being written, from its beginning on and through its rotations.
///
/// A log that is renamed is read to its end, then the files that it was rotated to meanwhile, then the new one. A file that was left
/// is read on for a while, for its writer may keep it open. What cannot be found, was cut off in place or came later is reported as a
/// loss; so is that the files which had the log's name were more than were read.
package struct FollowedLogSource: RecordSource, ~Copyable {
  private let path: String
  private var reader: LogLineReader
  private var watch: LogWatch
  /// The log itself, or a file that it was rotated to.
  private var log: OpenLog
  /// Files that were read before, the longest ago first.
  private var left = UniqueArray<OpenLog>()
  private static let maxLeft = 4
  /// How long a file that was left is read on after its last line, in nanoseconds.
  private let lateTime: Int64
  private var losses: UInt64 = 0
  /// Of the files since the log itself was read.
  private var missing = Missing()
  /// How often in a row a file seemed to be missing.
  private var gapsSeen = 0
  private static let maxGapsSeen = 50

  /// Opens `path`, which must be there.
  package init(path: String, types: [RecordType]) throws(SourceError) {
    try self.init(path: path, types: types, lateSeconds: 60)
  }

  package init(path: String, types: [RecordType], lateSeconds: Int64) throws(SourceError) {
    // Before the file is opened, so that its replacement is seen.
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

  package mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    let progress = try readLines(into: &batch)
    batch.readLines(by: &reader)
    return progress
  }

  private mutating func readLines(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    // Before reading: what changes from here on wakes us again.
    watch.drain()
    if readLeft(into: &batch) { return .full }
    if log.isCutOff {
      // Cut off and begun anew, as logrotate's copytruncate does. What was unfinished stays so, and what was added before that and
      // not read is gone.
      log.finish(&batch)
      log.beginAgain()
      losses += 1
      return .full
    }
    // Before reading, so that a file that was replaced is read to its end.
    let isReplaced = isReplaced
    if log.file.isReady, try readOn(into: &batch) { return .full }
    guard isReplaced else {
      batch.removeAll()
      accountForNone()
      return .drained
    }
    return try goOn(&batch)
  }

  /// Losses that were found since the last call. How much each was is not known.
  package mutating func takeLosses(_ serials: SerialCheck) -> Losses {
    var found = Losses()
    found.account.add(losses + watch.takeLateWrites(), at: .rotation)
    losses = 0
    return found
  }

  private mutating func readOn(into batch: inout RecordBatch) throws(SourceError) -> Bool {
    do throws(SourceError) {
      return try log.read(into: &batch)
    } catch {
      // What was rotated can be passed over.
      guard log.file.isPacked, isReplaced else { throw error }
      losses += 1
      return false
    }
  }

  /// Reads what came late to the files that were left. False if there is nothing.
  private mutating func readLeft(into batch: inout RecordBatch) -> Bool {
    guard !left.isEmpty else { return false }
    let now = KernelClock.monotonic
    for index in left.indices {
      if left[index].isCutOff {
        losses += 1
        left[index].beginAgain()
      }
      if let isRead = try? left[index].read(into: &batch), isRead {
        left[index].deadline = now + lateTime
        return true
      }
      if left[index].deadline <= now {
        abandon(at: index, &batch)
        return true
      }
    }
    return false
  }

  /// Reads a file that was left no more, but for its unfinished line.
  private mutating func abandon(at index: Int, _ batch: inout RecordBatch) {
    left[index].finish(&batch)
    watch.abandon(left[index].watch)
    left.remove(at: index)
  }

  /// Whether another file than the one that is read has the log's name now.
  private var isReplaced: Bool {
    guard let new = FileStatus(ofPath: path), let old = FileStatus(of: log.file.fd) else { return false }
    return !new.isSameFile(as: old)
  }

  // MARK: The next file

  /// Goes on with the file that follows the one that was read to its end.
  private mutating func goOn(_ batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.removeAll()
    guard var held = FileStatus(of: log.file.fd), let target = LogFile.target(of: path) else {
      return .drained
    }
    let beginning = held.hasName ? [] : log.file.beginning
    let directory = (log.file.currentPath ?? target).directory
    let logs = RotatedLogs(of: target.fileName, in: directory)
    // After listing: then all files that are in the list have been counted.
    watch.drain()
    var found = Missing()
    while true {
      let arrivals = watch.arrivals - Int(found.unreadable)
      let (next, isComplete) = next(of: logs, after: held, beginning, arrivals)
      if next == .log ? arrivals > 1 || !isComplete : !isComplete {
        // Files are renamed one after the other, and half of a rotation looks as if one were missing.
        gapsSeen += 1
        guard gapsSeen > Self.maxGapsSeen else {
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
      // As long as the new log is empty its writer may still add to the old one.
      if next == .log, status.size == 0 { return .drained }
      if packing != .other, let opened = try? LogFile(path: name) {
        watch.drain()
        // Only now is it certain that nothing was renamed meanwhile.
        let listed = RotatedLogs(of: target.fileName, in: directory)
        let again = self.next(of: listed, after: held, beginning, watch.arrivals - Int(found.unreadable))
        guard again.next == next, FileStatus(of: opened.fd)?.isSameFile(as: status) == true,
          FileStatus(ofPath: name)?.isSameFile(as: status) == true
        else { return .full }
        account(for: next, found)
        leave(for: opened, &batch)
        return .full
      }
      // It may not be read, or was renamed.
      guard case .file(let file) = next, file.status.isSameFile(as: status) else { return .drained }
      found.unreadable += 1
      held = file.status
    }
  }

  /// What follows a file. Where no more than the log that is there now got its name, it can be nothing else than that, though the file
  /// cannot be found, or names seem to be missing.
  private func next(
    of logs: RotatedLogs, after held: FileStatus, _ beginning: [UInt8], _ arrivals: Int
  ) -> (next: RotatedLogs.Next, isComplete: Bool) {
    let named = logs.next(after: held, beginning: beginning)
    return !named.isComplete && arrivals == 1 && !watch.isUncertain ? (.log, true) : named
  }

  /// Makes the file that is read one that was left.
  private mutating func leave(for file: consuming LogFile, _ batch: inout RecordBatch) {
    let fileWatch = watch.add(file)
    watch.watchDirectories()
    var other = OpenLog(file, watch: fileWatch)
    swap(&log, &other)
    gapsSeen = 0
    guard other.mayGrow else {
      other.finish(&batch)
      return
    }
    if left.count == Self.maxLeft { abandon(at: 0, &batch) }
    other.deadline = KernelClock.monotonic + lateTime
    left.append(other)
  }

  // MARK: What is missing

  /// The log is the file that is read, all of it.
  private mutating func accountForNone() {
    guard let status = FileStatus(of: log.file.fd), FileStatus(ofPath: path)?.isSameFile(as: status) == true
    else { return }
    // One may be its own return from another name.
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
      // Where every file that had the log's name is accounted for, nothing else is missing.
      losses += watch.arrivals == 1 ? missing.unreadable : files
    }
    missing = Missing()
    watch.accountForAll()
  }

  private struct Missing {
    /// Where numbers of files do not follow each other, or the file that was read is gone.
    var gaps: UInt64 = 0
    /// Files that are packed in another way, or may not be read.
    var unreadable: UInt64 = 0
  }
}
