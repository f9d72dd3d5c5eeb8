/// One component of a cgroup's path, parsed.
struct CgroupName {
  /// The whole component.
  let text: Substring
  /// Whether the cgroup is a systemd scope.
  let isScope: Bool
  /// The 64 digits at the end of the name, before `.scope` if there is one.
  let id: ContainerID?
  /// The text before the digits, or before `.scope`.
  let prefix: Substring

  init(_ text: Substring) {
    self.text = text
    isScope = text.hasSuffix(".scope")
    let name = isScope ? text.dropLast(6) : text
    id = name.utf8.count >= 64 ? ContainerID(name.utf8.suffix(64)) : nil
    // The last 64 bytes are digits, so they are 64 characters, too.
    prefix = id == nil ? name : name.dropLast(64)
  }

  var isSlice: Bool { text.hasSuffix(".slice") }

  /// Whether the cgroup is a systemd unit other than a slice. Services and scopes may be delegated to a user.
  // See: Delegate= in man 5 systemd.resource-control
  var isUnit: Bool {
    isScope || [".service", ".socket", ".mount", ".swap"].contains { text.hasSuffix($0) }
  }

  /// A pod's cgroup as the kubelet's cgroupfs driver names it: `pod<uid>`.
  var isPod: Bool { Self.isPod(text) }

  /// A pod's slice: `kubepods-burstable-pod<uid>.slice`, with the slices of a cgroup root before it.
  var isPodSlice: Bool { isSlice && Self.isPodSlice(text.dropLast(6)) }

  /// The ID in `kubepods-pod<uid>.slice:cri-containerd:<id>`, for a kubelet with the systemd driver and a containerd with the
  /// cgroupfs driver: runc interprets the name, which is meant for systemd, as a path relative to its own cgroup.
  var idOfMixedDrivers: ContainerID? {
    guard let id, !isScope, prefix.hasSuffix(".slice:cri-containerd:") else { return nil }
    return Self.isPodSlice(prefix.dropLast(22)) ? id : nil
  }

  /// Whether the name is an ID that BuildKit gave to a step of a build: 25 digits to base 36.
  // See: NewID() in identity/randomid.go of BuildKit
  var isBuildID: Bool { Self.isBuildID(text) }

  /// The ID in `system.slice:docker:<id>`, for a step of a build by a Docker with the systemd driver: its BuildKit does not use that
  /// driver, so runc interprets the name as a path relative to its own cgroup.
  // See: newCgroupParent() in cmd/dockerd of Moby, GenerateSpec() in executor/oci of BuildKit
  var idOfDockerBuild: Substring? {
    guard text.utf8.count > 33, Self.isBuildID(text.suffix(25)), text.dropLast(25).hasSuffix(".slice:docker:")
    else { return nil }
    return text.suffix(25)
  }

  private static func isBuildID(_ text: Substring) -> Bool {
    text.utf8.count == 25
      && text.utf8.allSatisfy { byte in (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }
  }

  private static func isPodSlice(_ name: Substring) -> Bool {
    guard let dash = name.utf8.lastIndex(of: UInt8(ascii: "-")) else { return false }
    let parents = name[..<dash].split(separator: "-")
    return parents.contains("kubepods") && isPod(name[name.utf8.index(after: dash)...])
  }

  /// The UID of a static pod is a hash without dashes.
  private static func isPod(_ name: Substring) -> Bool {
    guard name.hasPrefix("pod") else { return false }
    let uid = name.dropFirst(3).utf8
    return uid.count >= 8
      && uid.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      }
  }
}
