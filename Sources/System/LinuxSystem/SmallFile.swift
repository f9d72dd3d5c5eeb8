package import SystemPackage

/// Reads small files completely, such as those that the kernel provides.
package enum SmallFile {
  /// The file's text, at most about `maxCount` bytes. Only if `waits` is true does it wait for data of a pipe or another special file.
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
