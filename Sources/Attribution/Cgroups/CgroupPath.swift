/// Parses the owner of a process from /proc/PID/cgroup.
package enum CgroupPath {
  /// The owner according to the whole text of a /proc/PID/cgroup file; nil if the text is not such a file, or if the hierarchies of
  /// cgroup v1 contradict each other.
  ///
  /// A runtime need not move its containers in all hierarchies, so those that name no container do not contradict one that does.
  /// But all that name a container must name the same one, and systemd's own hierarchy must not show a unit that starts no containers.
  /// If systemd's own hierarchy shows neither unit nor container, this applies to the unified one. Otherwise a process that was moved in
  /// some hierarchies only would get another container's name.
  // See: man 7 cgroups
  package static func owner(inFile text: some StringProtocol) -> ProcessOwner? {
    var unified: Substring?
    var systemd: Substring?
    var others: [Substring] = []
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
    guard unified != nil || systemd != nil || !others.isEmpty else { return nil }
    let systemds = [systemd, unified].compactMap(\.self)
    let systemdUnit = systemds.lazy.compactMap(unit(in:)).first
    var owner: ProcessOwner?
    // A runtime uses the same path in most hierarchies.
    var last: Substring?
    for path in systemds + others where last?.utf8.elementsEqual(path.utf8) != true {
      last = path
      guard let found = container(in: path) else { continue }
      guard owner == nil || owner == found else { return nil }
      owner = found
    }
    guard let owner else { return .host(unit: systemdUnit) }
    // cgroup v2 has one hierarchy.
    guard systemds.count + others.count > 1, let systemdUnit,
      let shown = systemds.first(where: { container(in: $0) != nil || unit(in: $0) != nil }),
      container(in: shown) == nil
    else { return owner }
    return RuntimeUnits.startsContainers(systemdUnit) ? owner : nil
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
