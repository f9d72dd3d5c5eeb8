/// The type that a line states.
enum LineType {
  case none, seccomp, loss, suppressed, merged, other

  init(_ text: borrowing Span<UInt8>) {
    self =
      if text.equals("seccomp") {
        .seccomp
      } else if text.equals("loss") {
        .loss
      } else if text.equals("suppressed") {
        .suppressed
      } else if text.equals("merged") {
        .merged
      } else {
        .other
      }
  }
}
