import ContainerRuntime
import Testing

@Suite struct PodMetadataTests {
  private let labels = ["app": "web", "tier": "front"]
  private let annotations = ["team": "a", "note": ""]

  @Test("Nothing is kept unless it is asked for")
  func nothing() {
    #expect(PodMetadata(labels: labels, annotations: annotations, keeping: .init()) == PodMetadata())
  }

  @Test("The values of the keys that are asked for are kept, each of its own kind, and no others")
  func asked() {
    let keys = PodMetadata.Keys(labels: ["app", "team", "none"], annotations: ["note", "tier"])
    let kept = PodMetadata(labels: labels, annotations: annotations, keeping: keys)
    #expect(kept.labels == ["app": "web"])
    #expect(kept.annotations == ["note": ""])
  }

  @Test("A value that is too long is left out, not cut")
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
