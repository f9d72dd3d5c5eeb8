extension String {
  /// The directory of the file that this path names.
  package var directory: String { lastIndex(of: "/").map { String(self[...$0]) } ?? "." }

  /// The name of that file within its directory.
  package var fileName: String { lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self }
}
