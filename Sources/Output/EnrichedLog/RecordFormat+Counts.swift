internal import AccessRecords
package import AuditRecord

/// What the line of several records says beside the last one of them.
package struct RecordCount: Sendable {
  /// How many records the line stands for.
  package var count: UInt64
  /// The stamp of the first of them.
  package var first: AuditStamp

  package init(_ count: UInt64, since first: AuditStamp) { (self.count, self.first) = (count, first) }
}

/// The fields of lines that stand for several records. The names are those of Kubernetes' events.
package enum CountField {
  package static let count = Field("count", .basic, journal: "COUNT")
  package static let firstTimestamp = Field("firstTimestamp", .basic, journal: "FIRST_TIMESTAMP")

  package static let all = [count, firstTimestamp]
}

/// Formats the last record of several that were counted.
extension RecordFormat: RecordReader {
  /// The line of a count.
  package struct CountedLine: Sendable {
    package var owner: RenderedOwner
    package var detail: KeyDetail
    package var count: RecordCount

    package init(owner: RenderedOwner, detail: KeyDetail, count: RecordCount) {
      (self.owner, self.detail, self.count) = (owner, detail, count)
    }
  }

  package mutating func read<Kind: RecordKind>(
    _ kind: Kind.Type, _ bytes: borrowing Span<UInt8>, _ line: CountedLine
  ) throws(MalformedRecord) {
    var record = Kind()
    try record.read(bytes)
    record.leaveOut(line.detail)
    append(&record, bytes, of: line.owner, line.count)
  }

  package mutating func readUnknownType() {}

  /// Appends the line of a count. The text consists of the record alone.
  @specialized(where Kind == SeccompRecord)
  @specialized(where Kind == AppArmorRecord)
  @specialized(where Kind == SELinuxRecord)
  private mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner, _ count: RecordCount
  ) {
    switch style {
    case .klog: klog.append(&record, text, of: owner, count)
    case .json: json.append(&record, text, of: owner, count)
    case .journald: journal.append(&record, text, of: owner, count)
    }
  }

  /// Appends a report of how many records of an owner were counted with less detail.
  package mutating func append(merged count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    switch style {
    case .klog: klog.append(merged: count, of: owner, at: stamp)
    case .json: json.append(merged: count, of: owner, at: stamp)
    case .journald: journal.append(merged: count, of: owner, at: stamp)
    }
  }
}
