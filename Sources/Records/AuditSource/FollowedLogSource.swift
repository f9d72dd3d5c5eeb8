internal import BasicContainers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The lines of a log that is being written, from its beginning on and through its rotations.
///
/// A log that is renamed is read to its end, then the files that it was rotated to meanwhile, then the new one. What cannot be
/// found, or was cut off in place, is reported as a loss.
public struct FollowedLogSource: RecordSource, ~Copyable {
  private let path: String
  /// The log itself, or a file that it was rotated to.
  private var file: LogFile
  private var position = LogPosition()
  private var lines = LineSplitter()
  private var losses: UInt64 = 0
  /// How often in a row a file seemed to be missing.
  private var gapsSeen = 0
  private static let maxGapsSeen = 50
  private let watch: FileDescriptor

  /// Opens `path`, which must be there.
  public init(path: String) throws(SourceError) {
    let file = try LogFile(path: path)
    let fd = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard fd >= 0 else { throw LogFile.unreadable(path, .last) }
    watch = FileDescriptor(rawValue: fd)
    self.path = path
    self.file = file
    watchFile()
    // A new file of that name is made in its folder.
    _ = unsafe inotify_add_watch(fd, path.directory, UInt32(IN_CREATE | IN_MOVED_TO))
  }

  deinit { try? watch.close() }

  public var form: RecordForm { .line }
  public var name: String { path }
  public var receiveBuffer: Int64? { nil }
  public var descriptor: Int32? { watch.rawValue }

  public mutating func read(into batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    // Before reading: what changes from here on wakes us again.
    var events = [UInt8](repeating: 0, count: 4096)
    while let count = try? unsafe events.withUnsafeMutableBytes({ unsafe try watch.read(into: $0) }),
      count > 0
    {}
    if !file.isPacked, position.isCutOff(file) {
      // Cut off and begun anew, as logrotate's copytruncate does. What was unfinished stays so, and what was added before that and
      // not read is gone.
      lines.finish(&batch)
      _ = lseek(file.fd, 0, SEEK_SET)
      position = LogPosition()
      losses += 1
      return .full
    }
    // Before reading, so that a file that was replaced is read to its end.
    let isReplaced = isReplaced
    if file.isReady, try readOn(into: &batch) { return .full }
    guard isReplaced else {
      batch.removeAll()
      return .drained
    }
    return try goOn(&batch)
  }

  /// Losses that were found since the last call. How much each was is not known.
  public mutating func takeLosses(_ serials: SerialCheck) -> Losses {
    var found = Losses()
    found.account.add(losses, at: .rotation)
    losses = 0
    return found
  }

  private mutating func readOn(into batch: inout RecordBatch) throws(SourceError) -> Bool {
    do throws(SourceError) {
      guard try lines.read(from: file, into: &batch) else { return false }
    } catch {
      // What was rotated can be passed over.
      guard file.isPacked, isReplaced else { throw error }
      losses += 1
      return false
    }
    position.advance(batch, in: file)
    return true
  }

  /// Whether another file than the one that is read has the log's name now.
  private var isReplaced: Bool {
    guard let new = FileStatus(ofPath: path), let old = FileStatus(of: file.fd) else { return false }
    return !new.isSameFile(as: old)
  }

  /// Goes on with the file that follows the one that was read to its end.
  private mutating func goOn(_ batch: inout RecordBatch) throws(SourceError) -> ReadProgress {
    batch.removeAll()
    guard var held = FileStatus(of: file.fd), let log = LogFile.target(of: path) else { return .drained }
    let directory = (file.currentPath ?? log).directory
    let logs = RotatedLogs(of: log.fileName, in: directory)
    var skipped: UInt64 = 0
    while true {
      let (next, isComplete) = logs.next(after: held)
      if !isComplete {
        // Files are renamed one after the other, and half of a rotation looks as if one were missing.
        gapsSeen += 1
        guard gapsSeen > Self.maxGapsSeen else {
          usleep(1000)
          return .full
        }
        skipped += 1
      }
      var target = path
      var packing = RotatedLogs.Packing.none
      if case .file(let file) = next { (target, packing) = (file.path, file.packing) }
      if next == .log { watchFile() }
      guard let status = FileStatus(ofPath: target) else { return .drained }
      // As long as the new log is empty its writer may still add to the old one.
      if next == .log, status.size == 0 { return .drained }
      if packing != .other, let opened = try? LogFile(path: target) {
        // Only now is it certain that nothing was renamed meanwhile.
        let again = RotatedLogs(of: log.fileName, in: directory).next(after: held)
        guard again.next == next, FileStatus(of: opened.fd)?.isSameFile(as: status) == true else {
          return .full
        }
        lines.finish(&batch)
        file = opened
        position = LogPosition()
        losses += skipped
        gapsSeen = 0
        watchFile()
        return .full
      }
      // It may not be read, or was renamed.
      guard case .file(let file) = next, file.status.isSameFile(as: status) else { return .drained }
      skipped += 1
      held = file.status
    }
  }

  private func watchFile() {
    _ = unsafe inotify_add_watch(watch.rawValue, path, UInt32(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF))
  }
}
