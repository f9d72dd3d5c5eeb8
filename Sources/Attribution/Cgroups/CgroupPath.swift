/// Parses the owner of a process from /proc/PID/cgroup.
package enum CgroupPath {
  /// The owner according to the whole text of a /proc/PID/cgroup file; nil if the text is not such a file.
  ///
  /// A path that names a container of the CRI has precedence, then one that names a container of another runtime, in any
  /// hierarchy. Otherwise the process belongs to the host. Of two such paths the unified hierarchy (`0::`) has precedence over
  /// systemd's own of cgroup v1, and that one over all others.
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

  /// The container of a cgroup, which is the container's own or below it; nil if there is none. Never `.host`.
  ///
  /// The outermost container counts: the cgroups below it were created by its own processes, which can choose any name.
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

  /// The outermost systemd unit other than a slice, as `ps -o unit` shows it.
  // See: cg_path_get_unit() in systemd
  static func unit(in path: some StringProtocol) -> String? {
    for component in Substring(path).split(byte: "/") {
      guard let dot = component.lastIndex(of: ".") else { return nil }
      switch component[dot...] {
      case ".slice": continue
      case ".service", ".scope", ".socket", ".mount", ".swap":
        // systemd prepends `_` to names that could conflict with the kernel's own files.
        return String(component.first == "_" ? component.dropFirst() : component)
      default: return nil
      }
    }
    return nil
  }
}

extension Substring {
  /// Splits by bytes, because splitting by characters takes ten times as long.
  fileprivate func split(byte separator: Unicode.Scalar) -> [Substring] {
    utf8.split(separator: UInt8(ascii: separator)).map(Substring.init)
  }
}
