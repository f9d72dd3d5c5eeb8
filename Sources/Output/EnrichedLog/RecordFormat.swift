internal import AccessRecords
package import AuditRecord
package import AuditSource

/// Formats records with their owners as lines or journal entries.
///
/// Text that many records share is rendered once (`render`) and then copied. Each record checks the style only once; the code for each
/// style is compiled separately.
package struct RecordFormat: ~Copyable {
  package enum Style: String, Sendable, CaseIterable {
    /// klog's structured text, as the log enricher of the Security Profiles Operator writes it.
    case klog
    /// One JSON object per line.
    case json
    /// Journal entries.
    case journald
  }

  package enum Fields: String, Sendable, CaseIterable {
    /// The fields of the Security Profiles Operator.
    case basic
    case full
  }

  let style: Style
  // One sink per style, of which only one is used.
  var klog: LineSink<KlogLines>
  var json: LineSink<JSONLines>
  package internal(set) var journal: JournalSink

  /// `node` is the machine's name as it appears in every line.
  package init(style: Style, fields: Fields, node: String) {
    self.style = style
    let level: Field.Level = fields == .full ? .full : .basic
    klog = LineSink(level: level, node: node)
    json = LineSink(level: level, node: node)
    journal = JournalSink(level: level, node: node)
  }

  /// Sets the time of writing, which klog's headers show as local time.
  package mutating func setTime(seconds: Int64, microseconds: Int64) {
    if style == .klog { klog.setTime(seconds: seconds, microseconds: microseconds) }
  }

  /// Renders an owner for any number of records, until `forgetOwners`.
  package mutating func render(_ owner: RecordOwner) -> RenderedOwner {
    switch style {
    case .klog: klog.render(owner)
    case .json: json.render(owner)
    case .journald: journal.render(owner)
    }
  }

  /// Discards all rendered owners. Results of `render` must not be used any more.
  package mutating func forgetOwners() {
    klog.forgetOwners()
    json.forgetOwners()
    journal.forgetOwners()
  }

  /// Sets another node's name for the next record only.
  package mutating func setNode(of name: borrowing Span<UInt8>) {
    switch style {
    case .klog: klog.setNode(of: name)
    case .json: json.setNode(of: name)
    case .journald: journal.setNode(of: name)
    }
  }

  /// Appends one record. It is passed as inout only to avoid a copy per call, and is not changed. `text` is the text that it was parsed
  /// from.
  // The specializations are for speed only; other kinds work without one.
  @specialized(where Kind == SeccompRecord)
  @specialized(where Kind == AppArmorRecord)
  @specialized(where Kind == SELinuxRecord)
  package mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner
  ) {
    switch style {
    case .klog: klog.append(&record, text, of: owner)
    case .json: json.append(&record, text, of: owner)
    case .journald: journal.append(&record, text, of: owner)
    }
  }

  /// Appends a report of a loss: how many, and at which stage.
  package mutating func append(lost count: UInt64, _ stage: LossStage, at stamp: AuditStamp) {
    switch style {
    case .klog: klog.append(lost: count, stage, at: stamp)
    case .json: json.append(lost: count, stage, at: stamp)
    case .journald: journal.append(lost: count, stage, at: stamp)
    }
  }

  /// Appends a report of how many records of a container were suppressed.
  package mutating func append(suppressed count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    switch style {
    case .klog: klog.append(suppressed: count, of: owner, at: stamp)
    case .json: json.append(suppressed: count, of: owner, at: stamp)
    case .journald: journal.append(suppressed: count, of: owner, at: stamp)
    }
  }

  /// The number of bytes that have not been written yet. It is mutating because a nonmutating access would copy the format.
  package mutating func countBytes() -> Int {
    switch style {
    case .klog: klog.lines.count
    case .json: json.lines.count
    case .journald: journal.entries.fields.count
    }
  }

  /// Discards everything that has not been written.
  package mutating func removeAll() {
    klog.lines.removeAll()
    json.lines.removeAll()
    journal.removeAll()
  }

  /// Lends the lines that have not been written. Journal entries are not included.
  package borrowing func withLines<Value, Failure>(
    _ body: (borrowing Span<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try style == .json ? json.lines.withBytes(body) : klog.lines.withBytes(body)
  }

  /// The fields (`NAME=value`) of each journal entry that has not been written.
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
