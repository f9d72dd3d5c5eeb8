internal import Glibc

/// Reads an open file of /proc as text.
enum FileText {
  /// The text from the beginning of the file: at most one page, which a single read returns completely, unless `max` is larger. nil if there
  /// is none, such as that of a process that has ended.
  static func read(_ file: Int32, upTo max: Int = 4096) -> String? {
    unsafe withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer in
      var text = ""
      var offset = 0
      repeat {
        let count = unsafe pread(file, buffer.baseAddress!, buffer.count, offset)
        guard count > 0 else { break }
        offset += count
        unsafe text += String(decoding: buffer[..<count], as: UTF8.self)
      } while text.utf8.count < max && max > buffer.count
      return text.isEmpty ? nil : text
    }
  }
}
