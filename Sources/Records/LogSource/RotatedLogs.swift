internal import Glibc
internal import LinuxSystem

/// The files to which a log was rotated, compressed or not: `audit.log.1`, `audit.log.2.gz`, `audit.log-20261129.gz`, `audit.1.log` and
/// so on.
struct RotatedLogs {
  struct File: Equatable {
    var path: String
    var status: FileStatus
    var generation: Generation
    var packing: Packing
  }

  /// The rotation that a file's name states. An older file has a smaller value.
  enum Generation: Comparable {
    /// A suffix such as `-20261129`, which may include a time.
    case date(String)
    /// A suffix such as `.1`, which is the newest. The number is stored negated so that older files are smaller.
    case number(Int)

    /// Whether the log itself may follow. The newest file has number 1, or 0 in some configurations.
    var mayBeLatest: Bool {
      switch self {
      case .date: true
      case .number(let number): number >= -1
      }
    }
  }

  enum Packing: Comparable {
    case none, gzip
    /// Another format, such as xz: unlike a gzip file, it is found again by its time only. It may be unsupported.
    case other
  }

  /// The file to read after another one was read to its end.
  enum Next: Equatable {
    case file(File)
    /// The log itself.
    case log

    static func == (one: Next, other: Next) -> Bool {
      switch (one, other) {
      case (.log, .log): true
      case (.file(let one), .file(let other)):
        one.path == other.path && one.status.isSameFile(as: other.status)
      default: false
      }
    }
  }

  /// The oldest first, one per rotation.
  private(set) var files: [File] = []

  private static let packings: [(suffix: String, packing: Packing)] = [
    (".gz", .gzip), (".xz", .other), (".bz2", .other), (".zst", .other), (".lz4", .other), (".Z", .other),
  ]

  /// Lists the rotated files of the log called `name` in a directory.
  init(of name: String, in directory: String) {
    let directory = directory.hasSuffix("/") ? directory : directory + "/"
    for entry in Self.entries(of: directory) {
      var unpacked = Substring(entry)
      var packing = Packing.none
      for (suffix, kind) in Self.packings where unpacked.hasSuffix(suffix) {
        unpacked.removeLast(suffix.count)
        packing = kind
      }
      guard let generation = Self.generation(unpacked, of: name),
        let status = FileStatus(ofPath: directory + entry)
      else { continue }
      files.append(File(path: directory + entry, status: status, generation: generation, packing: packing))
    }
    // While a file is being compressed, both versions exist. The uncompressed one is complete and is kept.
    files.sort { ($0.generation, $0.packing) < ($1.generation, $1.packing) }
    var last: Generation?
    files.removeAll { file in
      defer { last = file.generation }
      return file.generation == last
    }
  }

  /// The rotation that a file of the log called `name` comes from.
  private static func generation(_ file: Substring, of name: String) -> Generation? {
    if file.hasPrefix(name), let generation = generation(String(file.dropFirst(name.count))) {
      return generation
    }
    // logrotate's `extension` and `addextension` move the log's own suffix, or an added one, to the end of the name.
    let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name[...]
    for (stem, end) in [(stem, name[stem.endIndex...]), (name[...], ".log")]
    where !stem.isEmpty && !end.isEmpty && file.hasPrefix(stem) && file.hasSuffix(end) {
      let rest = file.dropFirst(stem.count)
      if rest.count > end.count, let generation = generation(String(rest.dropLast(end.count))) {
        return generation
      }
    }
    return nil
  }

  private static func generation(_ suffix: String) -> Generation? {
    guard suffix.utf8.count > 1, let first = suffix.utf8.first else { return nil }
    let rest = suffix.utf8.dropFirst()
    let isNumber = rest.allSatisfy { (0x30...0x39).contains($0) }
    if first == UInt8(ascii: "."), isNumber, rest.count < 8 {
      return Int(suffix.dropFirst()).map { .number(-$0) }
    }
    // logrotate's `dateext`, and `dateformat` with other separators: at least a year, a month and a day.
    let isDate = rest.allSatisfy { (0x30...0x39).contains($0) || "-_.T:".utf8.contains($0) }
    return (first == UInt8(ascii: "-") || first == UInt8(ascii: ".")) && isDate && rest.count >= 8
      ? .date(suffix) : nil
  }

  /// The file that follows one that was read to its end, and whether no file is missing between the two. `beginning` is the start of the
  /// read file's text if that file has no name any more.
  ///
  /// Names with dates do not show whether files are missing between them.
  func next(after held: FileStatus, beginning: [UInt8]) -> (next: Next, isComplete: Bool) {
    if let index = index(of: held, beginning) {
      let generation = files[index].generation
      guard index + 1 < files.count else { return (.log, generation.mayBeLatest) }
      let next = files[index + 1]
      switch (generation, next.generation) {
      case (.number(let one), .number(let other)): return (.file(next), other == one + 1)
      // The dated file dates from a time when the log was rotated to other names.
      case (.date, .number) where next.status.modified < held.modified: return (.log, true)
      default: return (.file(next), true)
      }
    }
    // The file has another kind of name, such as `audit.log.old`. Only one such file is kept.
    if held.hasName { return (.log, true) }
    // The file was removed, and others may have been removed, too.
    return (files.first { $0.status.modified >= held.modified }.map { .file($0) } ?? .log, false)
  }

  /// The index of a file in the list: found by its inode or, if it was compressed since, by its content.
  private func index(of held: FileStatus, _ beginning: [UInt8]) -> Int? {
    if let index = files.firstIndex(where: { $0.status.isSameFile(as: held) }) { return index }
    guard !held.hasName else { return nil }
    let second: Int64 = 1_000_000_000
    func isOfSameTime(_ index: Int) -> Bool {
      files[index].status.modified / second == held.modified / second
    }
    let packed = files.indices.filter { files[$0].packing == .gzip && isPacked(files[$0], held, beginning) }
    // gzip preserves the modification time of the original file, and so do other programs.
    return packed.last(where: isOfSameTime) ?? (packed.count == 1 ? packed.first : nil)
      ?? files.indices.last { files[$0].packing == .other && isOfSameTime($0) }
  }

  /// Whether a gzip file may contain another file: it has the same length or, if it was truncated, the same beginning.
  private func isPacked(_ file: File, _ held: FileStatus, _ beginning: [UInt8]) -> Bool {
    if Self.unpackedSize(of: file) == UInt32(truncatingIfNeeded: held.size) { return true }
    guard !beginning.isEmpty, let opened = try? LogFile(path: file.path) else { return false }
    let other = opened.readBeginning()
    return !other.isEmpty && other.count <= held.size && beginning.starts(with: other)
  }

  /// The uncompressed length of a gzip file, modulo 2^32.
  // See: ISIZE in RFC 1952
  private static func unpackedSize(of file: File) -> UInt32? {
    let fd = unsafe open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var bytes: [UInt8] = [0, 0, 0, 0]
    let count = unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe pread(fd, bytes.baseAddress!, 4, off_t(file.status.size - 4))
    }
    return count == 4 ? bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } : nil
  }

  private static func entries(of directory: String) -> [String] {
    // The stream is used in this function only and closed at its end.
    guard let stream = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe names.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
      }
    }
    return names
  }
}
