import EnricherService
import Glibc

/// A configuration file. Whatever is wrong with it is said on one line.
enum ConfigurationTarget {
  /// In memory, and gone with the program.
  private static let file: Int32 = {
    let path = "/dev/shm/fuzz-\(getpid())"
    defer { _ = unsafe unlink(path) }
    return unsafe open(path, O_CREAT | O_EXCL | O_RDWR, 0o600)
  }()

  static func test(_ bytes: borrowing Span<UInt8>) {
    guard ftruncate(file, 0) == 0 else { return }
    unsafe bytes.withUnsafeBytes { bytes in _ = unsafe pwrite(file, bytes.baseAddress, bytes.count, 0) }
    let reading = SettingsReader.examine(flags: [:], file: "/proc/self/fd/\(file)", environment: [:])
    for problem in reading.problems {
      precondition(!problem.description.utf8.contains { $0 < 0x20 })
    }
  }
}
