/// The path of a profile below the kubelet's directory, as the Security Profiles Operator has it: `operator/[NAMESPACE/]NAME.json`.
package struct ProfilePath: Equatable, CustomStringConvertible, Sendable {
  /// The directories of the path, the outermost first.
  package let directories: [String]
  /// The name of the file.
  package let file: String

  /// The path as a pod names it: its `localhostProfile`.
  package var description: String { (directories + [file]).joined(separator: "/") }

  /// Nil if one of the names is not allowed in Kubernetes.
  package init?(name: String, namespace: String?) {
    // A file's name may have 255 bytes, and the temporary one is longer.
    guard Self.isName(name, maxCount: 200) else { return nil }
    if let namespace {
      guard Self.isName(namespace, maxCount: 63) else { return nil }
      directories = ["operator", namespace]
    } else {
      directories = ["operator"]
    }
    file = "\(name).json"
  }

  /// Whether a text consists of lower-case letters, digits, hyphens and dots, and begins and ends with a letter or digit. So it cannot
  /// be `.`, `..` or a path.
  // See: RFC 1123 subdomains in the names of Kubernetes' objects
  private static func isName(_ text: String, maxCount: Int) -> Bool {
    func isEnd(_ byte: UInt8?) -> Bool {
      byte.map { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) } ?? false
    }
    return text.utf8.count <= maxCount && isEnd(text.utf8.first) && isEnd(text.utf8.last)
      && text.utf8.allSatisfy { isEnd($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
  }
}
