import ContainerRuntime
import Testing

@Suite struct PodMetadataTests {
  private let labels = ["app": "web", "tier": "front"]
  private let annotations = ["team": "a", "note": ""]

  @Test("Without selected keys no value is kept")
  func nothing() {
    #expect(PodMetadata(labels: labels, annotations: annotations, keeping: .init()) == PodMetadata())
  }

  @Test("The values of selected keys are kept, labels and annotations separately, and no others")
  func asked() {
    let keys = PodMetadata.Keys(labels: ["app", "team", "none"], annotations: ["note", "tier"])
    let kept = PodMetadata(labels: labels, annotations: annotations, keeping: keys)
    #expect(kept.labels == ["app": "web"])
    #expect(kept.annotations == ["note": ""])
  }

  @Test(
    "All labels and annotations are kept on request, but not more than any pod has, and named ones in any case"
  )
  func everything() {
    #expect(PodMetadata(labels: labels, annotations: annotations, keeping: .all).labels == labels)
    #expect(PodMetadata(labels: labels, annotations: annotations, keeping: .all).annotations == annotations)
    let many = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("k\($0)", "v") })
    var keys = PodMetadata.Keys.all
    keys.labels = ["k9999"]
    let kept = PodMetadata(labels: many, annotations: many, keeping: keys)
    #expect(kept.labels.count == PodMetadata.maxLabels + 1 && kept.labels["k9999"] == "v")
    #expect(kept.annotations.count == PodMetadata.maxPrefixed)
  }

  @Test("A value that is too long is omitted, not truncated")
  func long() {
    for (length, isKept) in [
      (PodMetadata.maxLength, true), (PodMetadata.maxLength + 1, false), (1 << 18, false),
    ] {
      let value = String(repeating: "x", count: length)
      let kept = PodMetadata(
        labels: ["app": value], annotations: ["note": value],
        keeping: .init(labels: ["app"], annotations: ["note"]))
      #expect(kept.labels == (isKept ? ["app": value] : [:]))
      #expect(kept.annotations == (isKept ? ["note": value] : [:]))
    }
  }
}
