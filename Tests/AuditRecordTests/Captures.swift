import FoundationEssentials

/// The lines of the fixture files. See Fixtures/README.md
enum Captures {
  static let live = lines("live-linux-6.18.txt")
  static let raw = lines("auditd-raw-derived.txt")
  static let enriched = lines("auditd-enriched-derived.txt")
  static let auditdRaw = lines("auditd-3.0.9-raw.txt")
  static let auditdEnriched = lines("auditd-3.0.9-enriched.txt")
  static let kernelLog = lines("kernel-log-derived.txt")

  private static func lines(_ name: String, beside file: String = #filePath) -> [String] {
    let directory = URL(filePath: file).deletingLastPathComponent()
    let data = try? Data(contentsOf: directory.appending(path: "Fixtures/\(name)"))
    return String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
