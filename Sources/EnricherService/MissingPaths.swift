internal import LinuxSystem

extension SettingsReader.Reading {
  /// What the settings name and is not there, or is something else, each with where it was said. Nothing is opened.
  public var missing: [String] {
    values.compactMap { key, _, place in settings.missing(key).map { "\(place): \($0)" } }
  }
}

extension Settings {
  fileprivate func missing(_ key: SettingKey) -> String? {
    switch key {
    case .source:
      guard case .file(let path) = source else { return nil }
      return FileKind.problem(at: path, wanted: FileKind.ofLines)
    case .output:
      guard format != .journald, output != "-" else { return nil }
      return FileKind.problem(at: output.directory, wanted: [.directory])
        ?? FileKind.problem(at: output, wanted: FileKind.ofLines, mayBeMissing: true)
    case .procRoot:
      return FileKind.problem(at: procRoot, wanted: [.directory])
    case .criEndpoint:
      guard case .endpoint(let endpoint) = runtime else { return nil }
      return FileKind.problem(at: endpoint.path, wanted: [.socket])
    case .metricsListen:
      guard case .unix(let path) = metrics else { return nil }
      return FileKind.problem(at: path.directory, wanted: [.directory])
        ?? FileKind.problem(at: path, wanted: [.socket], mayBeMissing: true)
    case .format, .fields, .node, .hostProcesses, .maxRecordsPerContainer: return nil
    }
  }
}

extension FileKind {
  /// What lines come from, or go to.
  fileprivate static let ofLines: [FileKind] = [.file, .pipe, .device, .null]

  /// What is wrong at `path`, where one of `kinds` is wanted; nil if nothing is.
  fileprivate static func problem(
    at path: String, wanted kinds: [FileKind], mayBeMissing: Bool = false
  ) -> String? {
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
