/// Which entries of the systemd journal to read.
package struct JournalQuery: Equatable, Sendable {
  /// Microseconds since 1970, of the first and after the last entry; nil for all.
  package var since: UInt64?
  package var until: UInt64?
  /// The ID of a boot, as 32 hexadecimal digits; nil for all.
  package var boot: String?
  /// A directory of journal files, such as one that was copied from another machine; nil for this machine's.
  package var directory: String?

  package init() {}

  /// A boot's ID without its dashes, in lower case; nil if the text is none.
  package static func boot(_ text: String) -> String? {
    let id = text.lowercased().filter { $0 != "-" }
    return id.utf8.count == 32 && id.allSatisfy(\.isHexDigit) ? id : nil
  }
}
