extension String {
  /// The directory of the file that this path names.
  package var directory: String { lastIndex(of: "/").map { String(self[...$0]) } ?? "." }
}
