internal import LinuxSystem
internal import SystemPackage

/// The configuration file: lines `NAME=value`, as systemd's EnvironmentFile= reads them.
///
/// A file-format reader of the library's own would pass over what it does not understand, and has no line numbers.
// See: man 5 systemd.exec
struct SettingsFile: Sendable {
  struct Line: Sendable {
    var value: String
    var number: Int
  }

  var path: String
  /// The last line of each key.
  private(set) var lines: [String: Line] = [:]
  /// What is wrong with it, in the order of its lines.
  private(set) var problems: [String] = []

  /// Reads a file, which `mayBeMissing`.
  init(path: String, mayBeMissing: Bool) {
    self.path = path
    do {
      parse(try SmallFile.read(path))
    } catch {
      if mayBeMissing, error == .noSuchFileOrDirectory { return }
      problems.append("cannot read the configuration file \(path): \(String(describing: error).lowercased())")
    }
  }

  /// Takes a text for what stands in the file.
  init(path: String, text: String) {
    self.path = path
    parse(text)
  }

  private mutating func parse(_ text: String) {
    // To Swift, both are one character.
    let all = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in all.enumerated() {
      let line = line.trimmed
      if line.isEmpty || line.first == "#" || line.first == ";" { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0].trimmed)
      let place = "\(path), line \(index + 1)"
      guard parts.count == 2 else {
        problems.append("\(place): '\(name.printable)' is no NAME=value")
        continue
      }
      guard SettingKey(variable: name) != nil else {
        problems.append("\(place): unknown key '\(name.printable)'\(SettingKey.suggestion(for: name))")
        continue
      }
      var value = parts[1].trimmed
      if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
        value = value.dropFirst().dropLast()
      }
      lines[name] = Line(value: String(value), number: index + 1)
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var rest = self
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest
  }
}
