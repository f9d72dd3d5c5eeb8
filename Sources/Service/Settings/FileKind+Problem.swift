internal import LinuxSystem

extension FileKind {
  /// What lines can be read from or written to.
  static let ofLines: [FileKind] = [.file, .pipe, .device, .null]

  /// What is wrong at `path`, where one of `kinds` is wanted; nil if nothing is. Nothing is opened.
  static func problem(at path: String, wanted kinds: [FileKind], mayBeMissing: Bool = false) -> String? {
    do {
      let kind = try FileKind(of: path)
      return kinds.contains(kind) ? nil : "\(path) is a \(kind.rawValue), and no \(kinds[0].rawValue)"
    } catch {
      guard error == .noSuchFileOrDirectory || error == .notDirectory else {
        return "cannot look at \(path): \(String(describing: error).lowercased())"
      }
      return mayBeMissing ? nil : "there is no \(kinds[0].rawValue) \(path)"
    }
  }
}
