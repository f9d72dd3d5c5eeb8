internal import EnrichedLog
internal import LinuxSystem
internal import SystemPackage

/// The configuration file: lines `NAME=value`, as systemd's EnvironmentFile= reads them. Text that systemd would read
/// differently, such as a value that continues on the next line, is refused.
///
/// The file reader of the configuration library would ignore what it does not understand, and has no line numbers.
// See: man 5 systemd.exec
package struct SettingsFile: Sendable {
  package struct Line: Sendable {
    package var value: String
    package var number: Int
  }

  var path: String
  /// The line of each key.
  package private(set) var lines: [String: Line] = [:]
  /// The problems found, in the order of the lines.
  package private(set) var problems: [String] = []

  private static let maxBytes = 1 << 20

  /// Reads a file. If it does not exist, that is an error unless `mayBeMissing`.
  init(path: String, mayBeMissing: Bool) {
    self.path = path
    do {
      let kind = try FileKind(of: path)
      guard kind == .file || kind == .null else {
        problems.append(
          "cannot read the configuration file \(path): it is a \(kind.rawValue) (name a regular file, because a reload reads it again)"
        )
        return
      }
      // Reading must not block if the path has become a pipe since the check.
      let text = try SmallFile.read(path, maxCount: Self.maxBytes + 1, waits: false)
      guard text.utf8.count <= Self.maxBytes else {
        problems.append("the configuration file \(path) is longer than \(Self.maxBytes >> 10) KiB")
        return
      }
      parse(text)
    } catch {
      if mayBeMissing, error == .noSuchFileOrDirectory { return }
      problems.append("cannot read the configuration file \(path): \(String(describing: error).lowercased())")
    }
  }

  /// Parses `text` as the content of the file.
  package init(path: String, text: String) {
    self.path = path
    parse(text)
  }

  private mutating func parse(_ text: String) {
    var text = text[...].utf8
    if text.starts(with: "\u{feff}".utf8) {
      text = text.dropFirst(3)
      problems.append("\(path), line 1: begins with a byte order mark: save the file without it")
    }
    let all = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in all.enumerated() {
      let line = line.trimmed
      if line.isEmpty || line.first == UInt8(ascii: "#") || line.first == UInt8(ascii: ";") { continue }
      let parts = line.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(Substring(parts[0].trimmed))
      let origin = "\(path), line \(index + 1)"
      guard parts.count == 2 else {
        problems.append("\(origin): '\(name.printable)' is not NAME=value")
        continue
      }
      guard Setting(variable: name) != nil else {
        problems.append("\(origin): unknown key '\(name.printable)'\(Setting.suggestion(for: name))")
        continue
      }
      if let first = lines[name] {
        problems.append("\(origin): \(name) is also set in line \(first.number): remove one of them")
        continue
      }
      var value = parts[1].trimmed
      guard value.last != UInt8(ascii: "\\") else {
        problems.append(
          "\(origin): \(name) continues in the next line, which is not possible: remove the backslash")
        continue
      }
      if let quote = value.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
        guard value.count > 1, value.last == quote else {
          problems.append("\(origin): \(name) begins with a quote and does not end with one")
          continue
        }
        value = value.dropFirst().dropLast()
      }
      lines[name] = Line(value: String(Substring(value)), number: index + 1)
    }
  }
}

extension Substring.UTF8View {
  /// The text without surrounding blanks, as systemd strips them.
  fileprivate var trimmed: Substring.UTF8View {
    var rest = self
    while let first = rest.first, first.isBlank { rest.removeFirst() }
    while let last = rest.last, last.isBlank { rest.removeLast() }
    return rest
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || (9...13).contains(self) }
}
