import Cgroups
import ContainerRuntime
import Testing

@Suite struct ContainerSelectorTests {
  private func container(
    pod: String = "web-0", labels: [String: String] = [:], annotations: [String: String] = [:]
  ) -> ContainerIdentity {
    let keys = PodMetadata.Keys(labels: Set(labels.keys), annotations: Set(annotations.keys))
    var container = ContainerIdentity(
      id: ContainerID(String(repeating: "4f0c", count: 16))!, namespace: "prod", pod: pod, container: "app",
      podUID: "", podMetadata: PodMetadata(labels: labels, annotations: annotations, keeping: keys))
    container.image = "registry/web:1.2"
    return container
  }

  @Test(
    "Commas join conditions, blanks alternatives; values are patterns",
    arguments: [
      ("namespace=prod", true), ("namespace=stage", false), ("namespace=prod,pod=web-*", true),
      ("namespace=prod,pod=db-*", false), ("namespace=stage container=app", true),
      ("image=registry/*:1.?", true), ("label.app=web", true), ("label.app=", false), ("label.none=*", false),
      ("annotation.team/owner=a", true), ("annotation.app=web", false), ("label.a=b=c", true),
    ])
  func matching(_ text: String, _ matches: Bool) throws {
    let container = container(labels: ["app": "web", "a": "b=c"], annotations: ["team/owner": "a"])
    #expect(try #require(ContainerSelector(text)).matches(container) == matches)
  }

  @Test(
    "Text that is no selector is refused",
    arguments: ["", " ", "namespace", "name=a", "label.=a", "namespace=a,", ",", "label=a", "al", "x.y=z"])
  func invalid(_ text: String) {
    #expect(ContainerSelector(text) == nil && ContainerChoice(text) == nil && RecordingChoice(text) == nil)
  }

  @Test("A choice asks for the labels and annotations that it needs, and recording for those of workloads")
  func keys() throws {
    let text = "label.app=a,annotation.b=c label.d=e"
    let keys = try #require(ContainerChoice(text)).keys
    #expect(keys == .init(labels: ["app", "d"], annotations: ["b"]))
    #expect(ContainerChoice.all.keys == .init() && RecordingChoice.none.keys == .init())
    #expect(try #require(RecordingChoice("all")).keys.labels.contains("pod-template-hash"))
    #expect(try #require(RecordingChoice(text)).keys.labels.isSuperset(of: ["app", "d", "job-name"]))
  }

  @Test("The annotation of the Security Profiles Operator opts in the container that it names")
  func optIn() {
    let keys = RecordingChoice.annotated.keys
    for (annotations, isRecorded) in [
      (["io.containers.trace-logs/app": "x"], true), (["io.containers.trace-logs/db": "x"], false),
      (["audit-enricher/record": "*"], true), (["audit-enricher/record": "db, app"], true),
      (["audit-enricher/record": "apple"], false), ([:], false),
    ] {
      var container = container()
      container.podMetadata = PodMetadata(labels: [:], annotations: annotations, keeping: keys)
      #expect(RecordingChoice.annotated.includes(container) == isRecorded, "\(annotations)")
    }
  }

  @Test("The number of annotations with a prefix is limited")
  func prefixes() {
    let many = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("io.containers.trace-logs/\($0)", "x") })
    let kept = PodMetadata(labels: [:], annotations: many, keeping: RecordingChoice.annotated.keys)
    #expect(kept.annotations.count == PodMetadata.maxPrefixed)
  }
}

@Suite struct PodWorkloadTests {
  @Test(
    "A pod's labels tell what it belongs to, if its name agrees",
    arguments: [
      ("web-7d4b9c6f5-x2x9z", ["pod-template-hash": "7d4b9c6f5"], "Deployment", "web"),
      ("web-a-7d4-x2x9z", ["pod-template-hash": "other"], "Pod", "web-a-7d4-x2x9z"),
      (
        "db-2", ["statefulset.kubernetes.io/pod-name": "db-2", "controller-revision-hash": "h"],
        "StatefulSet", "db"
      ),
      ("db-2", ["apps.kubernetes.io/pod-index": "2"], "StatefulSet", "db"),
      ("logs-x2x9z", ["controller-revision-hash": "h"], "DaemonSet", "logs"),
      ("load-abcde", ["batch.kubernetes.io/job-name": "load"], "Job", "load"),
      ("load-29384720-abcde", ["job-name": "load-29384720"], "CronJob", "load"),
      ("load-abcde", ["job-name": "elsewhere"], "Pod", "load-abcde"),
      ("web", ["pod-template-hash": "web"], "Pod", "web"),
      ("-", ["controller-revision-hash": "h"], "Pod", "-"),
      ("web", [:], "Pod", "web"),
    ] as [(String, [String: String], String, String)])
  func workload(_ pod: String, _ labels: [String: String], _ kind: String, _ name: String) {
    let container = ContainerIdentity(
      id: ContainerID(String(repeating: "4f0c", count: 16))!, namespace: "prod", pod: pod, container: "app",
      podUID: "",
      podMetadata: PodMetadata(labels: labels, annotations: [:], keeping: .init(labels: PodWorkload.labels)))
    let workload = PodWorkload(of: container)
    #expect(workload.kind == kind && workload.name == name)
  }
}
