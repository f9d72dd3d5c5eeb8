package import Enrichment

extension Metrics {
  /// All metrics as text, in parts that are created on demand: ten thousand series with long names need some 6 MB, and a slow
  /// client must not keep all of that in memory.
  package struct Page: Sendable {
    private var text: PrometheusText
    private let node: String
    private var series: ArraySlice<RecordTally.Sample>

    /// The size of a part in bytes. A part may exceed it by one line; the last part may be shorter.
    private static let partSize = 1 << 16

    /// `text`, followed by the series of a node's records.
    package init(_ text: PrometheusText, series: [RecordTally.Sample], of node: String) {
      self.text = text
      self.node = node
      self.series = series[...]
      self.text.begin(
        "seccomp_records_total", .counter,
        "SECCOMP records by container, syscall and action; if there are too many series, those that have counted nothing for longest are removed."
      )
    }

    /// The next part, which consists of whole lines; nil at the end.
    package mutating func next() -> String? {
      while text.text.utf8.count < Self.partSize, let sample = series.popFirst() {
        text.sample(
          sample.count,
          [
            "node": node, "namespace": sample.owner.namespace, "pod": sample.owner.pod,
            "container": sample.owner.container, "syscall": sample.syscall, "action": sample.action,
          ])
      }
      return text.drain()
    }
  }
}
