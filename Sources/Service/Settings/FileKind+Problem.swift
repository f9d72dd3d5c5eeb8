internal import LinuxSystem

extension FileKind {
  /// The kinds of files that lines can be read from or written to.
  static let ofLines: [FileKind] = [.file, .pipe, .device, .null]

  /// The problem at `path`, where one of `kinds` is wanted; nil if there is none. Nothing is opened.
  static func problem(at path: String, wanted kinds: [FileKind], mayBeMissing: Bool = false) -> String? {
    do {
      let kind = try FileKind(of: path)
      return kinds.contains(kind) ? nil : "\(path) is a \(kind.rawValue), not a \(kinds[0].rawValue)"
    } catch {
      guard error == .noSuchFileOrDirectory || error == .notDirectory else {
        return "cannot access \(path): \(String(describing: error).lowercased())"
      }
      return mayBeMissing ? nil : "there is no \(kinds[0].rawValue) \(path)"
    }
  }
}
