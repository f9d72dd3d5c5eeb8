import FoundationEssentials

/// The lines of the fixture files. See Fixtures/README.md
package enum Captures {
  package static let live = lines("live-linux-6.18.txt")
  package static let raw = lines("auditd-raw-derived.txt")
  package static let enriched = lines("auditd-enriched-derived.txt")
  package static let auditdRaw = lines("auditd-3.0.9-raw.txt")
  package static let auditdEnriched = lines("auditd-3.0.9-enriched.txt")
  package static let kernelLog = lines("kernel-log-derived.txt")

  package static let apparmor = lines("apparmor-linux-6.1.txt")
  package static let selinux = lines("selinux-linux-6.1.txt")

  private static func lines(_ name: String, beside file: String = #filePath) -> [String] {
    let directory = URL(filePath: file).deletingLastPathComponent()
    let data = try? Data(contentsOf: directory.appending(path: "Fixtures/\(name)"))
    return String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
