/// Reads the owner of a process out of /proc/PID/cgroup.
///
/// Known forms of a container's cgroup, below any parents and with any cgroups of its own making below it:
///
///     /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid>.slice/cri-containerd-<id>.scope
///     /kubepods.slice/kubepods-pod<uid>.slice/crio-<id>.scope      CRI-O, systemd driver
///     /kubepods.slice/kubepods-pod<uid>.slice/docker-<id>.scope    cri-dockerd, systemd driver
///     /kubepods/burstable/pod<uid>/<id>                            containerd and cri-dockerd, cgroupfs driver
///     /kubepods/burstable/pod<uid>/crio-<id>                       CRI-O, cgroupfs driver
///     /system.slice/cri-containerd-<id>.scope, /k8s.io/<id>        pods made without a cgroup parent
///     /../<id>, /../cri-containerd-<id>.scope                      seen from another container of the pod
///     /system.slice/containerd.service/kubepods-pod<uid>.slice:cri-containerd:<id>
///                                                                  the kubelet's driver is systemd, containerd's is cgroupfs
///
/// The outermost match counts: what is inside a container was made by its processes and can say anything.
/// An ID below a service or a session, where users can make cgroups, or one without such a parent, is not a container's.
public enum CgroupPath {
  /// The owner according to the whole text of a /proc/PID/cgroup file; nil if the text is none.
  ///
  /// The unified hierarchy (`0::`) counts first, then systemd's own of cgroup v1, then any other.
  // See: man 7 cgroups
  public static func owner(inFile text: some StringProtocol) -> ProcessOwner? {
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
    for path in paths {
      if let id = containerID(in: path) { return .container(id) }
    }
    return .host(unit: [systemd, unified].compactMap(\.self).lazy.compactMap(unit(in:)).first)
  }

  /// The container that a cgroup is, or is inside of.
  public static func containerID(in path: some StringProtocol) -> ContainerID? {
    var parent: Substring?
    for component in Substring(path).split(byte: "/") {
      if let id = containerID(component, parent: parent) { return id }
      // Here users make cgroups of their own, named as they like.
      let isOfRuntime = component == "containerd.service" && parent == "system.slice"
      if component.hasSuffix(".service") && !isOfRuntime || component == "user.slice" { return nil }
      parent = component
    }
    return nil
  }

  private static func containerID(_ component: Substring, parent: Substring?) -> ContainerID? {
    var name = component
    let isScope = name.hasSuffix(".scope")
    if isScope { name = name.dropLast(6) }
    guard name.utf8.count >= 64, let id = ContainerID(name.utf8.suffix(64)) else { return nil }
    if name.dropLast(64).hasSuffix(".slice:cri-containerd:") {
      return (parent == "containerd.service" || parent == nil) && isPod(name.dropLast(64 + 16)) ? id : nil
    }

    let isInPod = parent.map { $0 == ".." || isPod($0) } ?? false
    switch name.dropLast(64) {
    case "cri-containerd-", "crio-":
      return isInPod || parent == nil || parent?.hasSuffix(".slice") == true ? id : nil
    case "docker-": return isInPod && isScope ? id : nil
    case "": return (isInPod || parent == "k8s.io") && !isScope ? id : nil
    default: return nil
    }
  }

  /// `pod<uid>`, or a slice whose last part that is. The UID of a static pod is a hash, without dashes.
  private static func isPod(_ component: Substring) -> Bool {
    var name = component
    if name.hasSuffix(".slice") {
      name = name.dropLast(6)
      guard let dash = name.lastIndex(of: "-") else { return false }
      name = name[name.index(after: dash)...]
    }
    guard name.hasPrefix("pod") else { return false }
    let uid = name.dropFirst(3).utf8
    return uid.count >= 8
      && uid.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
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
