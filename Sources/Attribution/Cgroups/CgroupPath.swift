/// Reads the owner of a process out of /proc/PID/cgroup.
package enum CgroupPath {
  /// The owner according to the whole text of a /proc/PID/cgroup file; nil if the text is none.
  ///
  /// A path that names a container of the CRI counts first, then one that names a container of another runtime, whatever the
  /// hierarchy; otherwise the process is the host's. Of two such paths the unified hierarchy (`0::`) goes before systemd's own of
  /// cgroup v1, and that before any other.
  // See: man 7 cgroups
  package static func owner(inFile text: some StringProtocol) -> ProcessOwner? {
    var unified: Substring.SubSequence?
    var systemd: Substring.SubSequence?
    var others: [Substring.SubSequence] = []
    for line in Substring(text).split(byte: "\n") {
      let parts = line.utf8.split(
        separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false
      ).map(Substring.init)
      guard parts.count == 3, parts[2].utf8.first == UInt8(ascii: "/") else { continue }
      switch (parts[0], parts[1]) {
      case ("0", ""): unified = parts[2]
      case (_, "name=systemd"): systemd = parts[2]
      default: others.append(parts[2])
      }
    }
    let paths = [unified, systemd].compactMap(\.self) + others
    guard !paths.isEmpty else { return nil }
    var foreign: ProcessOwner?
    for path in paths {
      switch container(in: path) {
      case .container(let id): return .container(id)
      case .foreign(let container): foreign = foreign ?? .foreign(container)
      case .host, nil: continue
      }
    }
    return foreign ?? .host(unit: [systemd, unified].compactMap(\.self).lazy.compactMap(unit(in:)).first)
  }

  /// The container that a cgroup is, or is inside of; nil if it is in none. Never `.host`.
  ///
  /// The outermost container counts: what is below its cgroup was made by its processes, which can choose any name.
  package static func container(in path: some StringProtocol) -> ProcessOwner? {
    var walk = CgroupWalk()
    for component in Substring(path).split(byte: "/") {
      switch walk.enter(component) {
      case .next: continue
      case .found(let owner): return owner
      case .end: return nil
      }
    }
    return nil
  }

  /// The outermost systemd unit that is no slice, as `ps -o unit` shows it.
  // See: cg_path_get_unit() in systemd
  static func unit(in path: some StringProtocol) -> String? {
    for component in Substring(path).split(byte: "/") {
      guard let dot = component.lastIndex(of: ".") else { return nil }
      switch component[dot...] {
      case ".slice": continue
      case ".service", ".scope", ".socket", ".mount", ".swap":
        // systemd puts `_` before names that the kernel could take for its own files.
        return String(component.first == "_" ? component.dropFirst() : component)
      default: return nil
      }
    }
    return nil
  }
}

extension Substring {
  /// The parts between bytes, which characters would take ten times as long to find.
  fileprivate func split(byte separator: Unicode.Scalar) -> [Substring] {
    utf8.split(separator: UInt8(ascii: separator)).map(Substring.init)
  }
}
