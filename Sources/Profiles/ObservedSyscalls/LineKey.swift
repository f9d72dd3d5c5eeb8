internal import AuditRecord

/// A key that a line may have, whatever its form.
enum LineKey: UInt8, Sendable {
  case timestamp, firstTimestamp, type, node, namespace, pod, container, image, containerID, executable, comm
  case syscallID, syscallName, arch, action, attribution, count, suppressed, place
  case syscalls, resource, message, defaultAction, journalTime, kind

  /// Keys of lines and of journal entries, in lower case: databases such as Athena's change the case.
  private static let names: [(StaticString, LineKey)] = [
    ("timestamp", .timestamp), ("time", .timestamp), ("firsttimestamp", .firstTimestamp),
    ("first_timestamp", .firstTimestamp), ("type", .type),
    ("node", .node), ("namespace", .namespace), ("pod", .pod), ("container", .container), ("image", .image),
    ("containerid", .containerID), ("executable", .executable), ("comm", .comm), ("syscallid", .syscallID),
    ("syscallname", .syscallName), ("arch", .arch), ("action", .action), ("attribution", .attribution),
    ("count", .count), ("suppressed", .suppressed), ("place", .place), ("where", .place),
    ("syscalls", .syscalls), ("resource", .resource), ("defaultaction", .defaultAction),
    ("kind", .kind),
    ("k8s_node", .node), ("k8s_namespace", .namespace), ("k8s_pod", .pod), ("k8s_container", .container),
    ("k8s_image", .image),
    ("container_id", .containerID), ("syscall_id", .syscallID), ("syscall_name", .syscallName),
    ("syscall_arch", .arch), ("seccomp_action", .action), ("loss_place", .place), ("loss_count", .count),
    ("message", .message), ("log", .message), ("__realtime_timestamp", .journalTime),
  ]

  private static let maxLength = 20

  /// For each length, the keys of that length.
  private static let byLength: [[(StaticString, LineKey)]] = (0...maxLength).map { length in
    names.filter { $0.0.utf8CodeUnitCount == length }
  }

  /// Finds a key; nil if no line has it.
  init?(_ text: borrowing Span<UInt8>) {
    guard text.count <= Self.maxLength else { return nil }
    for (name, key) in Self.byLength[text.count] where text.equalsLowercased(name) {
      self = key
      return
    }
    return nil
  }
}

extension Span<UInt8> {
  /// Whether the bytes equal `literal`, which is in lower case, if their letters are in lower case, too.
  func equalsLowercased(_ literal: StaticString) -> Bool {
    guard count == literal.utf8CodeUnitCount else { return false }
    for index in 0..<count {
      let byte = self[index]
      let isUpper = (0x41...0x5a).contains(byte)
      // A literal's bytes are never freed, and `index` is below their count.
      guard (isUpper ? byte | 0x20 : byte) == (unsafe literal.utf8Start[index]) else { return false }
    }
    return true
  }
}
