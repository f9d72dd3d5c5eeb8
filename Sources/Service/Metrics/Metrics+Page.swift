package import Enrichment

extension Metrics {
  /// All metrics, as a text in parts. Each part is made when it is asked for: ten thousand series of long names are some 6 MB, and
  /// whoever takes them slowly shall not keep all that in memory.
  package struct Page: Sendable {
    private var text: PrometheusText
    private let node: String
    private var series: ArraySlice<RecordTally.Sample>

    /// Bytes of a part, if there are as many, and up to a line more.
    private static let partSize = 1 << 16

    /// `text` and, behind it, the series of a node's records.
    package init(_ text: PrometheusText, series: [RecordTally.Sample], of node: String) {
      self.text = text
      self.node = node
      self.series = series[...]
      self.text.begin(
        "seccomp_records_total", .counter,
        "SECCOMP records by container, syscall and action; the series that counted nothing for longest go first."
      )
    }

    /// The next part, which has whole lines; nil at the end.
    package mutating func next() -> String? {
      while text.text.utf8.count < Self.partSize, let sample = series.popFirst() {
        text.sample(
          sample.count,
          [
            "node": node, "namespace": sample.owner.namespace, "pod": sample.owner.pod,
            "container": sample.owner.container, "syscall": sample.syscall, "action": sample.action,
          ])
      }
      return text.take()
    }
  }
}
