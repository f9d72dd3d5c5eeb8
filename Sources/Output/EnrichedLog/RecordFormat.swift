package import AuditRecord
package import AuditSource

/// A record, its text and its owner to a line, or to an entry of the journal.
///
/// What many records share is rendered once (`render`) and copied from then on. The style is asked for once a record: what is behind
/// that is compiled for each style.
package struct RecordFormat: ~Copyable {
  package enum Style: String, Sendable, CaseIterable {
    /// klog's structured text, as the log enricher of the Security Profiles Operator writes it.
    case klog
    /// One JSON object a line.
    case json
    /// Entries of the journal.
    case journald
  }

  package enum Fields: String, Sendable, CaseIterable {
    /// Those of the Security Profiles Operator.
    case basic
    case full
  }

  let style: Style
  // One sink for each style, of which one is used.
  var klog: LineSink<KlogLines>
  var json: LineSink<JSONLines>
  var journal: JournalSink

  /// `node` is the machine's name, as it shall stand in every line.
  package init(style: Style, fields: Fields, node: String) {
    self.style = style
    let level: Field.Level = fields == .full ? .full : .basic
    klog = LineSink(level: level, node: node)
    json = LineSink(level: level, node: node)
    journal = JournalSink(level: level, node: node)
  }

  /// Sets the time that klog's headers show from now on: of writing, in local time.
  package mutating func setTime(seconds: Int64, microseconds: Int64) {
    if style == .klog { klog.setTime(seconds: seconds, microseconds: microseconds) }
  }

  /// Renders an owner, for any number of records, until all are forgotten.
  package mutating func render(_ owner: RecordOwner) -> RenderedOwner {
    switch style {
    case .klog: klog.render(owner)
    case .json: json.render(owner)
    case .journald: journal.render(owner)
    }
  }

  /// Forgets all owners: what `render` gave may be used no more.
  package mutating func forgetOwners() {
    klog.forgetOwners()
    json.forgetOwners()
    journal.forgetOwners()
  }

  /// Has the next record's line name this node instead of ours.
  package mutating func setNode(of name: borrowing Span<UInt8>) {
    switch style {
    case .klog: klog.setNode(of: name)
    case .json: json.setNode(of: name)
    case .journald: journal.setNode(of: name)
    }
  }

  /// Appends one record, which stays as it is: it is lent in place, for it would be copied for each call. `text` is what it was parsed from.
  // What makes it fast: a kind that is not named here is formatted all the same.
  @specialized(where Kind == SeccompRecord)
  package mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner
  ) {
    switch style {
    case .klog: klog.append(&record, text, of: owner)
    case .json: json.append(&record, text, of: owner)
    case .journald: journal.append(&record, text, of: owner)
    }
  }

  /// Appends what reports how many were lost, and where.
  package mutating func append(lost count: UInt64, _ place: LossPlace, at stamp: AuditStamp) {
    switch style {
    case .klog: klog.append(lost: count, place, at: stamp)
    case .json: json.append(lost: count, place, at: stamp)
    case .journald: journal.append(lost: count, place, at: stamp)
    }
  }

  /// Appends what reports how many records of a container were left out.
  package mutating func append(suppressed count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    switch style {
    case .klog: klog.append(suppressed: count, of: owner, at: stamp)
    case .json: json.append(suppressed: count, of: owner, at: stamp)
    case .journald: journal.append(suppressed: count, of: owner, at: stamp)
    }
  }

  /// Bytes that have not been written yet. Mutating, so that the format is lent in place and not copied for each call.
  package mutating func countBytes() -> Int {
    switch style {
    case .klog: klog.lines.count
    case .json: json.lines.count
    case .journald: journal.entries.fields.count
    }
  }

  /// Forgets what has not been written.
  package mutating func removeAll() {
    klog.lines.removeAll()
    json.lines.removeAll()
    journal.removeAll()
  }

  /// Lends the lines that have not been written. Entries of the journal are none.
  package borrowing func withLines<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try style == .json ? json.lines.withBytes(body) : klog.lines.withBytes(body)
  }

  /// The fields of each entry of the journal that has not been written, `NAME=value`.
  package var journalEntries: [[String]] {
    var start = 0
    var first = 0
    return journal.entries.entries.indices.map { index in
      let end = journal.entries.entries[index].endOfFields
      defer { first = end }
      return (first..<end).map { field in
        defer { start = journal.entries.ends[field] }
        return journal.entries.fields.withBytes { bytes in
          String(decoding: (start..<journal.entries.ends[field]).map { bytes[$0] }, as: UTF8.self)
        }
      }
    }
  }
}
