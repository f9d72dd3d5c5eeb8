extension UInt64 {
  /// The sum, or the largest number if the sum exceeds it: counts may come from lines, which can state any number.
  package func addingOrStopping(_ other: UInt64) -> UInt64 {
    let sum = addingReportingOverflow(other)
    return sum.overflow ? .max : sum.partialValue
  }

  /// Adds a number, as `addingOrStopping` does.
  package mutating func addOrStop(_ other: UInt64) { self = addingOrStopping(other) }
}
