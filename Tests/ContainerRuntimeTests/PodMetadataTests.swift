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
