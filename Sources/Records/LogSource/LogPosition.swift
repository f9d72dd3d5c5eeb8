internal import AuditSource
internal import BasicContainers
internal import Glibc

/// How far a log has been read, and the bytes before that, which show whether it is still the same text.
struct LogPosition: ~Copyable {
  private var offset: Int64 = 0
  /// The last bytes before `offset`. Two records differ in their serials, at least.
  private var last = UniqueArray<UInt8>()

  private static let longest = 512

  /// Whether the file became shorter than what was read of it, or has other text there.
  borrowing func isCutOff(_ file: borrowing LogFile) -> Bool {
    guard !file.isStream, offset > 0 else { return false }
    guard let status = FileStatus(of: file.fd), status.size >= offset else { return true }
    let length = last.count
    return unsafe withUnsafeTemporaryAllocation(byteCount: Self.longest, alignment: 1) { bytes in
      // `last` is no longer than these bytes.
      let count = unsafe pread(file.fd, bytes.baseAddress!, length, off_t(offset) - off_t(length))
      guard count == length else { return true }
      for index in 0..<length where unsafe bytes[index] != last[index] { return true }
      return false
    }
  }

  /// Moves behind what was read into a batch.
  mutating func advance(_ batch: borrowing RecordBatch, in file: borrowing LogFile) {
    offset = Int64(lseek(file.fd, 0, SEEK_CUR))
    let bytes = batch.bytes.span
    last.removeAll(keepingCapacity: true)
    last.append(copying: bytes.extracting(max(0, bytes.count - Self.longest)..<bytes.count))
  }
}
