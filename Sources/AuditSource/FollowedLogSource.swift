internal import BasicContainers
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The lines of a log that is being written, from its beginning on and through its rotations, as `tail -F -n +1` shows them.
public struct FollowedLogSource: RecordSource, ~Copyable {
  private let path: String
  private var file: LogFile
  private var lines = LineSplitter()
  private var offset: Int64 = 0
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
    if let status = status(ofPath: false), status.st_size < offset {
      // Cut off and begun anew, as logrotate's copytruncate does. What was unfinished stays so.
      lines.finish(&batch)
      _ = lseek(file.fd, 0, SEEK_SET)
      offset = 0
      return .full
    }
    if file.isReady, try lines.read(from: file, into: &batch) {
      offset = Int64(lseek(file.fd, 0, SEEK_CUR))
      return .full
    }
    guard let new = status(ofPath: true), let old = status(ofPath: false),
      new.st_ino != old.st_ino || new.st_dev != old.st_dev
    else {
      batch.removeAll()
      return .drained
    }
    lines.finish(&batch)
    file = try LogFile(path: path)
    offset = 0
    watchFile()
    return .full
  }

  public mutating func takeLosses(_ serials: SerialCheck) -> Losses { Losses() }

  private func watchFile() {
    _ = unsafe inotify_add_watch(watch.rawValue, path, UInt32(IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF))
  }

  /// Of whatever has the name now, or of the open file.
  private func status(ofPath: Bool) -> stat? {
    var status = stat()
    let failed = unsafe ofPath ? fstatat(AT_FDCWD, path, &status, 0) : fstat(file.fd, &status)
    return failed == 0 ? status : nil
  }
}
