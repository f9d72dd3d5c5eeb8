import AuditSource
import LogSource
import TestSupport
import Testing

/// Tests that files are unpacked whose format is zstd or xz. `LogFileSourceTests` has those of gzip.
@Suite struct PackedLogTests {
  /// The lines `first` and `second`, by `zstd -c` and `xz -c`.
  static let packed = [
    "28b52ffd240d69000066697273740a7365636f6e640a61fcbdfe",
    "fd377a585a000004e6d6b4460200210116000000742fe5a301000c66697273740a7365636f6e640a000000006c3dce7c87fd29160001250d7119c4b61fb6f37d010000000004595a",
  ].map { text in
    stride(from: 0, to: text.utf8.count, by: 2).map { index in
      UInt8(text.dropFirst(index).prefix(2), radix: 16)!
    }
  }

  private func read(_ bytes: [UInt8], _ directory: TemporaryDirectory) throws -> (
    lines: [String], after: UInt64
  ) {
    var source = try LogFileSource(paths: [try directory.write(bytes, to: "log")], types: [.seccomp])
    var batch = RecordBatch()
    var lines: [String] = []
    while try source.read(into: &batch) != .ended { lines += batch.lineTexts }
    return (lines + batch.lineTexts, source.drainLosses(.later).afterPacked)
  }

  private func expect(
    _ bytes: [UInt8], _ directory: TemporaryDirectory, _ lines: [String], _ after: UInt64
  ) throws {
    let read = try read(bytes, directory)
    #expect(read.lines == lines)
    #expect(read.after == after)
  }

  @Test("Several files in one are unpacked, and lines after their end are counted", arguments: packed)
  func several(bytes: [UInt8]) throws {
    try TemporaryDirectory.use { directory in
      try expect(bytes, directory, ["first", "second"], 0)
      try expect(bytes + bytes, directory, ["first", "second", "first", "second"], 0)
      try expect(bytes + Array("a\nb".utf8), directory, ["first", "second"], 2)
      try expect(bytes + [0, 0, 0, 0], directory, ["first", "second"], 0)
    }
  }

  @Test("A truncated or damaged file is an error that names the file", arguments: packed)
  func damaged(bytes: [UInt8]) throws {
    try TemporaryDirectory.use { directory in
      for count in 7..<bytes.count {
        let error = #expect(throws: SourceError.self) { try read(Array(bytes[..<count]), directory) }
        #expect(error?.description.contains(directory.path) == true)
      }
      // The checksum at the end, or that of the index.
      var changed = bytes
      changed[bytes.count - 4] ^= 0x55
      #expect(throws: SourceError.self) { try read(changed, directory) }
    }
  }
}
