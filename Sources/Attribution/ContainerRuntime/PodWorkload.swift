/// The object to which a pod belongs, as far as the pod's labels say so: those that Kubernetes' controllers set.
///
/// A pod's owner can set labels, too. A name counts only if the pod's name begins with it, so at worst pods of one namespace are taken
/// for those of one workload.
package struct PodWorkload: Hashable, Sendable {
  /// Such as `Deployment`.
  package var kind: String
  package var name: String

  // See: pkg/controller in Kubernetes; k8s.io/api/{apps,batch}/v1
  private static let templateHash = "pod-template-hash"
  private static let statefulSetPod = "statefulset.kubernetes.io/pod-name"
  private static let podIndex = "apps.kubernetes.io/pod-index"
  private static let jobName = "batch.kubernetes.io/job-name"
  private static let oldJobName = "job-name"
  private static let revisionHash = "controller-revision-hash"

  /// The labels that have to be known.
  package static let labels: Set<String> = [
    templateHash, statefulSetPod, podIndex, jobName, oldJobName, revisionHash,
  ]

  /// Those of a pod's labels that do not differ from pod to pod by Kubernetes' doing.
  package static func common(_ all: [String: String]) -> [String: String] {
    all.filter { key, _ in
      !labels.contains(key) && !controllerIDs.contains(key) && !key.hasPrefix("io.kubernetes.")
    }
  }

  private static let controllerIDs: Set<String> = ["controller-uid", "batch.kubernetes.io/controller-uid"]

  package init(of container: ContainerIdentity) {
    let labels = container.podMetadata.labels
    let pod = container.pod[...]
    if let hash = labels[Self.templateHash], let name = pod.droppingLast?.dropping(suffix: "-" + hash) {
      self.init(kind: "Deployment", name: String(name))
    } else if let job = labels[Self.jobName] ?? labels[Self.oldJobName], !job.isEmpty,
      pod.hasPrefix(job + "-")
    {
      // A CronJob's Jobs end with the minute of their time.
      let time = job[...].lastPart
      let isTimed = time.utf8.count == 8 && time.utf8.allSatisfy { (0x30...0x39).contains($0) }
      self.init(kind: isTimed ? "CronJob" : "Job", name: isTimed ? String(job.dropLast(9)) : job)
    } else if labels[Self.statefulSetPod] != nil || labels[Self.podIndex] != nil, let name = pod.droppingLast
    {
      self.init(kind: "StatefulSet", name: String(name))
    } else if labels[Self.revisionHash] != nil, let name = pod.droppingLast {
      self.init(kind: "DaemonSet", name: String(name))
    } else {
      self.init(kind: "Pod", name: container.pod)
    }
  }

  private init(kind: String, name: String) {
    self.kind = kind
    self.name = name
  }
}

extension Substring {
  /// The text behind the last hyphen.
  fileprivate var lastPart: Substring { self[(lastIndex(of: "-").map(index(after:)) ?? startIndex)...] }

  /// The text before the last hyphen; nil if there is none.
  fileprivate var droppingLast: Substring? {
    lastIndex(of: "-").flatMap { $0 > startIndex ? self[..<$0] : nil }
  }

  fileprivate func dropping(suffix: String) -> Substring? {
    hasSuffix(suffix) && utf8.count > suffix.utf8.count ? dropLast(suffix.count) : nil
  }
}
