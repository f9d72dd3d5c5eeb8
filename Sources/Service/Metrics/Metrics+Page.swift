internal import AuditRecord

extension Metrics {
  /// All metrics as text, in parts that are created on demand: ten thousand series with long names need some 6 MB, and a slow
  /// client must not keep all of that in memory.
  package struct Page: Sendable {
    private var text: PrometheusText
    private let node: String
    /// The series of each kind.
    private var series: [ArraySlice<RecordSample>]
    /// The index of the kind whose series come next.
    private var index = 0

    /// The size of a part in bytes. A part may exceed it by one line; the last part may be shorter.
    private static let partSize = 1 << 16

    /// The names of the labels of each kind, and what its series count.
    private static let kinds: [(labels: [String], help: String)] = [
      (["syscall", "action"], "SECCOMP records by container, syscall and action"),
      (
        ["profile", "operation", "apparmor"],
        "AppArmor records by container, profile, operation and what AppArmor did"
      ),
      (
        ["scontext", "tcontext", "tclass", "decision"],
        "SELinux records by container, contexts, class and decision"
      ),
    ]

    /// `text`, followed by the series of a node's records.
    package init(_ text: PrometheusText, series: [RecordSample], of node: String) {
      self.text = text
      self.node = node
      self.series = RecordKinds.names.map { entry in series.filter { $0.kind == entry.kind }[...] }
      begin()
    }

    private mutating func begin() {
      text.begin(
        "\(RecordKinds.names[index].name)_records_total", .counter,
        Self.kinds[index].help
          + "; if there are too many series, those that have counted nothing for longest are removed.")
    }

    /// The next part, which consists of whole lines; nil at the end.
    package mutating func next() -> String? {
      while text.text.utf8.count < Self.partSize {
        guard let sample = series[index].popFirst() else {
          guard index + 1 < series.count else { break }
          index += 1
          begin()
          continue
        }
        text.sample(
          sample.count,
          labels: [
            ("node", node), ("namespace", sample.owner.namespace), ("pod", sample.owner.pod),
            ("container", sample.owner.container),
          ] + zip(Self.kinds[index].labels, sample.labels))
      }
      return text.drain()
    }
  }
}
