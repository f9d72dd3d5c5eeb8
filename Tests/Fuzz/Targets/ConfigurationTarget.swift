import Glibc
import Settings

/// Tests the configuration file. Every problem must be reported on one line.
///
/// One input in 256 is passed to the configuration library that merges file, environment and flags, because the library takes a
/// hundred times as long as the project's own code.
enum ConfigurationTarget {
  /// The file is in memory, and is removed when the program ends.
  private static let file: Int32 = {
    let path = "/dev/shm/fuzz-\(getpid())"
    defer { _ = unsafe unlink(path) }
    return unsafe open(path, O_CREAT | O_EXCL | O_RDWR, 0o600)
  }()

  static func test(_ bytes: borrowing Span<UInt8>) {
    if bytes.indices.reduce(0, { ($0 &+ UInt(bytes[$1])) &* 31 }) % 256 == 31 { testWhole(bytes) }
    let file = SettingsFile(path: "it", text: bytes.text)
    file.problems.forEach(check)
    var settings = Settings()
    for (name, line) in file.lines {
      guard let setting = Setting(variable: name) else { fatalError("\(name) is no key") }
      if let expected = setting.set(line.value, in: &settings) { check(expected) }
      check(line.value.printable)
    }
  }

  private static func testWhole(_ bytes: borrowing Span<UInt8>) {
    guard ftruncate(file, 0) == 0 else { return }
    unsafe bytes.withUnsafeBytes { bytes in
      _ = unsafe pwrite(file, bytes.baseAddress, bytes.count, 0)
    }
    let reading = SettingsReader.examine(flags: [:], file: "/proc/self/fd/\(file)", environment: [:])
    for problem in reading.problems { check(problem.description) }
  }

  private static func check(_ message: String) { precondition(message == message.escaped) }
}
