import AccessRecords
import AuditRecord
import EnrichedLog

/// A format that collects only the names of fields.
struct FieldCollector: FieldSink, ~Copyable {
  private(set) var fields: [Field] = []

  var keys: [String] { fields.map { "\($0.key)" } }
  var journal: [String] { fields.compactMap(\.journal).map { "\($0)" } }

  /// All fields of the output: those of a record that has every field, of its owner, and of losses.
  static var ofOutput: (keys: [String], journal: [String]) {
    var collector = FieldCollector()
    let text = Array(payload(subject: " subj=a", sig: "31").utf8)
    if let record = try? SeccompRecord(parsing: text.span) {
      record.write(text.span, to: &collector)
      record.writeDetails(text.span, to: &collector)
    }
    collector.fields += AppArmorKey.allCases.map(\.field) + SELinuxKey.allCases.map(\.field)
    collector.fields += [
      Field("perm", .basic, journal: "PERM"), Field("decision", .full, journal: "SELINUX_DECISION"),
    ]
    RecordOwner().forEachField { field, _ in collector.fields.append(field) }
    collector.fields += LossField.all + CountField.all
    return (collector.keys + ["type", "node"], collector.journal)
  }

  func has(_ level: Field.Level) -> Bool { true }

  mutating func put(_ field: Field, _ number: Int64) { fields.append(field) }
  mutating func put(
    _ field: Field, copying value: Range<Int>, _ quotes: ValueQuotes, in text: borrowing Span<UInt8>
  ) {
    fields.append(field)
  }
  mutating func put(recordKey key: Range<Int>, value: Range<Int>, in text: borrowing Span<UInt8>) {}
  mutating func put(_ field: Field, hexadecimal number: UInt64) { fields.append(field) }
  mutating func put(_ field: Field, word: StaticString) { fields.append(field) }
  mutating func put(_ field: Field, signal: Int32) { fields.append(field) }
  mutating func put(_ field: Field, _ value: RecordText, in text: borrowing Span<UInt8>) {
    fields.append(field)
  }
  mutating func put(_ field: Field, bytes: borrowing Span<UInt8>) { fields.append(field) }
  mutating func put(syscall number: Int64, arch: UInt32) { fields += [.syscallID, .syscallName, .arch] }
}
