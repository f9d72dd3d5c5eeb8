/// Whose calls a recording has: a container, by its name, of the pods of one workload.
package struct RecordingSubject: Hashable, Sendable {
  package let namespace: String
  /// Such as a Deployment; for a pod without one, the pod itself.
  package let workload: String
  package let container: String

  /// Nil if one of the names is not allowed in Kubernetes. So none of them can be a path.
  package init?(namespace: String, workload: String, container: String) {
    guard Self.isName(namespace, maxCount: 63), Self.isName(workload, maxCount: Self.maxWorkload),
      Self.isName(container, maxCount: 63)
    else { return nil }
    (self.namespace, self.workload, self.container) = (namespace, workload, container)
  }

  package var names: [String] { [namespace, workload, container] }

  /// A file's name may have 255 bytes, and so may the name of a pod, of which a workload's is a part.
  private static let maxWorkload = 253

  /// Whether a text consists of lower-case letters, digits, hyphens and dots, and begins and ends with a letter or digit.
  // See: RFC 1123 labels and subdomains in the names of Kubernetes' objects
  private static func isName(_ text: String, maxCount: Int) -> Bool {
    func isEnd(_ byte: UInt8?) -> Bool {
      byte.map { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) } ?? false
    }
    return text.utf8.count <= maxCount && isEnd(text.utf8.first) && isEnd(text.utf8.last)
      && text.utf8.allSatisfy { isEnd($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
  }
}

extension RecordingSubject: CustomStringConvertible {
  /// Such as `prod/web/app`.
  package var description: String { names.joined(separator: "/") }
}
