package import SystemPackage

/// Files of the kernel's: short, and to be read whole.
package enum SmallFile {
  /// The file's text, at most `maxCount` bytes of it. What is no file, such as a pipe, is waited for only if `waits`.
  package static func read(_ path: String, maxCount: Int = 1 << 20, waits: Bool = true) throws(Errno)
    -> String
  {
    do {
      let options: FileDescriptor.OpenOptions = waits ? [.closeOnExec] : [.closeOnExec, .nonBlocking]
      let file = try FileDescriptor.open(FilePath(path), .readOnly, options: options)
      defer { try? file.close() }
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65536)
      while bytes.count < maxCount {
        let count = unsafe try chunk.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
        if count == 0 { break }
        bytes += chunk[..<count]
      }
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }
}
