/// Why a file is no seccomp profile: the file's name, the line if it is known, and the reason.
package struct InvalidProfile: Error, Equatable, CustomStringConvertible, Sendable {
  package var file: String
  /// The line, from 1; 0 if it is not known.
  package var line: Int
  package var reason: String

  package init(file: String, line: Int = 0, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  package var description: String { line > 0 ? "\(file):\(line): \(reason)" : "\(file): \(reason)" }
}
