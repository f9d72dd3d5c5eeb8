internal import AuditSource
internal import BasicContainers
internal import Glibc

/// The position up to which a log has been read, and the bytes before it. These bytes show whether the file still has the same text.
struct LogPosition: ~Copyable {
  private var offset: Int64 = 0
  /// The last bytes before `offset`. They tell two texts apart, because two records have at least different serial numbers.
  private var last = UniqueArray<UInt8>()

  private static let longest = 512

  /// Whether the file is now shorter than the read part, or has other text before the position.
  borrowing func isCutOff(_ file: borrowing LogFile) -> Bool {
    guard !file.isStream, offset > 0 else { return false }
    guard let status = FileStatus(of: file.fd), status.size >= offset else { return true }
    let length = last.count
    return unsafe withUnsafeTemporaryAllocation(byteCount: Self.longest, alignment: 1) { bytes in
      // `last` is at most as long as this buffer.
      let count = unsafe pread(file.fd, bytes.baseAddress!, length, off_t(offset) - off_t(length))
      guard count == length else { return true }
      for index in 0..<length where unsafe bytes[index] != last[index] { return true }
      return false
    }
  }

  /// Advances past the bytes that were read into a batch.
  mutating func advance(_ batch: borrowing RecordBatch, in file: borrowing LogFile) {
    offset = Int64(lseek(file.fd, 0, SEEK_CUR))
    let bytes = batch.bytes.span
    last.removeAll(keepingCapacity: true)
    last.append(copying: bytes.extracting(max(0, bytes.count - Self.longest)..<bytes.count))
  }
}
