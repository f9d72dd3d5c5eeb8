import FoundationEssentials
import Glibc

/// A directory for one test, which is removed afterwards.
public struct TemporaryDirectory: Sendable {
  public let path: String

  /// Creates the directory. For asynchronous tests; others call `use`.
  public init() throws {
    let manager = FileManager.default
    path = "\(manager.temporaryDirectory.path)/audit-enricher-test-\(UInt64.random(in: 0 ... .max))"
    try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Removes the directory with its contents.
  public func removeAll() { try? FileManager.default.removeItem(atPath: path) }

  /// Creates the directory, passes it to `body`, and removes it with its contents.
  public static func use<Value>(_ body: (TemporaryDirectory) throws -> Value) throws -> Value {
    let directory = try TemporaryDirectory()
    defer { directory.removeAll() }
    return try body(directory)
  }

  /// Writes a file and its parent directories, and returns its path.
  @discardableResult
  public func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let parent = file[..<(file.lastIndex(of: "/") ?? file.endIndex)]
    try FileManager.default.createDirectory(atPath: String(parent), withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }

  /// Writes a text file and its parent directories, and returns its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String { try write(text.utf8, to: name) }

  /// The text of a file.
  public func text(of name: String) throws -> String {
    let file = "\(path)/\(name)"
    // For an empty file Foundation leaks its buffer.
    guard try FileManager.default.attributesOfItem(atPath: file)[.size] as? UInt64 != 0 else { return "" }
    return String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
  }

  /// Renames a file.
  public func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: "\(path)/\(name)", toPath: "\(path)/\(other)")
  }

  /// Appends to an existing file.
  public func append(_ text: String, to name: String) throws {
    let fd = unsafe open("\(path)/\(name)", O_WRONLY | O_APPEND)
    guard fd >= 0 else { throw CocoaError(.fileNoSuchFile) }
    defer { close(fd) }
    let bytes = Array(text.utf8)
    let count = unsafe Glibc.write(fd, bytes, bytes.count)
    guard count == bytes.count else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Sets the modification time of a file, in seconds since 1970.
  public func setModified(of name: String, to seconds: Int) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: Double(seconds))], ofItemAtPath: "\(path)/\(name)")
  }

  /// Removes a file, or a directory with its contents.
  public func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }
}

extension TemporaryDirectory {
  /// Creates an old process below `proc`.
  public func addProcess(_ pid: Int, cgroup: String, parent: Int = 1) throws {
    try write(cgroup, to: "proc/\(pid)/cgroup")
    try write(
      "\(pid) (sh) S \(parent) 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 1 1000 100\n", to: "proc/\(pid)/stat"
    )
  }
}
