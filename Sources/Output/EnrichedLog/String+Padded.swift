extension String {
  /// With spaces behind it up to a width; at least one.
  package func padded(to width: Int) -> String {
    count >= width ? self + " " : self + String(repeating: " ", count: width - count)
  }
}
