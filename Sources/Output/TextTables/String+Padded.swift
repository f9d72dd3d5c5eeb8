extension String {
  /// The text padded with spaces to `width`, followed by at least one space.
  package func padded(to width: Int) -> String {
    count >= width ? self + " " : self + String(repeating: " ", count: width - count)
  }
}
