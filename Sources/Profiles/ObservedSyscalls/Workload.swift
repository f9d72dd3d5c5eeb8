/// What a pod belongs to, as far as its name says so.
package enum Workload {
  /// The characters of which Kubernetes makes random parts of names.
  // See: k8s.io/apimachinery/pkg/util/rand
  private static let randomCharacters = Set("bcdfghjklmnpqrstvwxz2456789".utf8)

  /// The name of the Deployment of a pod such as `web-7d4b9c6f5-x2x9z`; for other pods their own name. The names of the pods of a
  /// DaemonSet or a Job cannot be told from chosen ones.
  package static func name(ofPod pod: String) -> String {
    let parts = pod.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count > 2, let random = parts.last, random.utf8.count == 5, isRandom(random),
      (6...10).contains(parts[parts.count - 2].utf8.count), isRandom(parts[parts.count - 2])
    else { return pod }
    return parts.dropLast(2).joined(separator: "-")
  }

  private static func isRandom(_ part: Substring) -> Bool { part.utf8.allSatisfy(randomCharacters.contains) }
}
