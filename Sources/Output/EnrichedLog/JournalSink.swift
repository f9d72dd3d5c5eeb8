internal import AuditRecord
internal import AuditSource
internal import BasicContainers
internal import SyscallNames

/// Journal entries, one per record, with fields that `journalctl FIELD=value` finds.
// See: man 7 systemd.journal-fields
package struct JournalSink: ~Copyable {
  package private(set) var entries = JournalEntries()
  private var message: LineSink<MessageLines>
  private let node: [UInt8]
  /// The IDs of the records of each kind.
  private let recordIDs = [Self.id(.record), Self.id(.apparmor), Self.id(.selinux)]
  private let lossID = Self.id(.loss)
  private let mergedID = Self.id(.merged)
  /// The fields of all rendered owners, and the end offset of each.
  private var owners = LineBuffer()
  private var ownerEnds = UniqueArray<Int>()
  private var syscalls = SyscallTable()
  private var decoded = UniqueArray<UInt8>()

  init(level: Field.Level, node: String) {
    message = LineSink(level: level, node: node)
    self.node = Array("K8S_NODE=\(node)".utf8)
  }

  private static func id(_ message: JournalMessage) -> [UInt8] {
    Array("MESSAGE_ID=\(message.rawValue)".utf8)
  }

  mutating func removeAll() { entries.removeAll() }

  // MARK: Owners

  mutating func render(_ owner: RecordOwner) -> RenderedOwner {
    let start = owners.count
    let first = ownerEnds.count
    owner.forEachField { field, value in
      guard let name = field.journal, let value, !value.isEmpty else { return }
      owners.append(Array("\(name)=\(value)".utf8))
      ownerEnds.append(owners.count)
    }
    var rendered = message.render(owner)
    rendered.startOfFields = start
    rendered.fieldEnds = first..<ownerEnds.count
    return rendered
  }

  mutating func forgetOwners() {
    owners.removeAll()
    ownerEnds.removeAll(keepingCapacity: true)
    message.forgetOwners()
  }

  mutating func setNode(of name: borrowing Span<UInt8>) { message.setNode(of: name) }

  // MARK: Entries

  mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner
  ) {
    message.append(&record, text, of: owner)
    put(&record, text, of: owner)
    entries.end(.record(1))
  }

  /// Appends the entry of several records, of which this is the last one.
  @inline(never)
  mutating func append<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner, _ count: RecordCount
  ) {
    message.append(&record, text, of: owner, count)
    put(&record, text, of: owner)
    put(CountField.count.journal) { $0.append(decimal: count.count) }
    put(CountField.firstTimestamp.journal) { $0.append(Array(count.first.text.utf8)) }
    entries.end(.record(count.count))
  }

  /// Puts the fields of an entry whose message is ready.
  @inline(__always)
  private mutating func put<Kind: RecordKind>(
    _ record: inout Kind, _ text: borrowing Span<UInt8>, of owner: RenderedOwner
  ) {
    begin(recordIDs[Kind.kind.index], isWarning: record.isWarning)
    put("AUDIT_TYPE_NAME") { $0.append(Kind.type.name) }
    let serial = record.stamp.serial
    put("AUDIT_ID") { $0.append(decimal: serial) }
    record.write(text, to: &self)
    put(owner)
  }

  /// Appends the entry that reports how many records of an owner were counted with less detail.
  mutating func append(merged count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    message.append(merged: count, of: owner, at: stamp)
    begin(mergedID, isWarning: true)
    put(CountField.count.journal) { $0.append(decimal: count) }
    put(owner)
    entries.end(.loss)
  }

  /// Appends the entry for a loss.
  mutating func append(lost count: UInt64, _ stage: LossStage, at stamp: AuditStamp) {
    message.append(lost: count, stage, at: stamp)
    begin(lossID, isWarning: true)
    put(loss: LossField.count, count, stage)
    entries.end(.loss)
  }

  /// Appends the entry that reports how many records of a container were suppressed.
  mutating func append(suppressed count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    message.append(suppressed: count, of: owner, at: stamp)
    begin(lossID, isWarning: true)
    put(loss: LossField.suppressed, count, .suppressed)
    put(owner)
    entries.end(.loss)
  }

  private mutating func begin(_ id: [UInt8], isWarning: Bool) {
    entries.fields.append("MESSAGE=")
    // The line feed is not part of the message.
    message.lines.append(0..<message.lines.count - 1, to: &entries.fields)
    message.lines.removeAll()
    entries.endField()
    entries.fields.append(isWarning ? "PRIORITY=4" : "PRIORITY=6")
    entries.endField()
    entries.fields.append(id)
    entries.endField()
    entries.fields.append(node)
    entries.endField()
  }

  private mutating func put(loss field: Field, _ count: UInt64, _ stage: LossStage) {
    put(LossField.place.journal) { $0.append(Array(stage.rawValue.utf8)) }
    put(field.journal) { $0.append(decimal: count) }
  }

  private mutating func put(_ owner: RenderedOwner) {
    var start = owner.startOfFields
    for index in owner.fieldEnds {
      owners.append(start..<ownerEnds[index], to: &entries.fields)
      start = ownerEnds[index]
      entries.endField()
    }
  }

  /// Writes a field if it has a journal name.
  @inline(__always)
  private mutating func put(_ name: StaticString?, _ value: (inout LineBuffer) -> Void) {
    guard let name else { return }
    putKey(name)
    value(&entries.fields)
    entries.endField()
  }

  @inline(__always)
  private mutating func putKey(_ name: StaticString) {
    entries.fields.append(name)
    entries.fields.append(UInt8(ascii: "="))
  }
}

extension JournalSink: FieldSink {
  /// Journal entries include the fields of all levels.
  func has(_ level: Field.Level) -> Bool { true }

  mutating func put(_ field: Field, _ number: Int64) {
    put(field.journal) { $0.append(decimal: number) }
  }

  mutating func put(
    _ field: Field, copying value: Range<Int>, _ quotes: ValueQuotes, in text: borrowing Span<UInt8>
  ) {
    put(field, bytes: text.extracting(value))
  }

  /// Journal entries have no fields that this program does not know.
  mutating func put(recordKey key: Range<Int>, value: Range<Int>, in text: borrowing Span<UInt8>) {}

  mutating func put(_ field: Field, hexadecimal number: UInt64) {
    put(field.journal) { $0.append(hexadecimal: number) }
  }

  mutating func put(_ field: Field, word: StaticString) {
    guard word.utf8CodeUnitCount > 0 else { return }
    put(field.journal) { $0.append(word) }
  }

  mutating func put(_ field: Field, signal: Int32) {
    put(field.journal) { SignalName.append(signal, to: &$0) }
  }

  mutating func put(_ field: Field, _ value: RecordText, in text: borrowing Span<UInt8>) {
    guard let name = field.journal, value.encoding != .missing else { return }
    putKey(name)
    if value.encoding == .hexadecimal {
      decoded.removeAll(keepingCapacity: decoded.capacity <= 1 << 16)
      value.decode(text, into: &decoded)
      entries.fields.append(decoded)
    } else {
      entries.fields.append(text.extracting(value.range))
    }
    entries.endField()
  }

  mutating func put(_ field: Field, bytes: borrowing Span<UInt8>) {
    guard let name = field.journal else { return }
    putKey(name)
    entries.fields.append(bytes)
    entries.endField()
  }

  mutating func put(syscall number: Int64, arch: UInt32) {
    let names = syscalls.lookUp(number, arch: arch)
    put(Field.syscallID, number == SeccompRecord.anySyscall ? -1 : number)
    if let name = Field.syscallName.journal, number != SeccompRecord.anySyscall {
      putKey(name)
      if names.syscall.isKnown {
        entries.fields.append(syscalls.names, names.syscall.range)
      } else {
        entries.fields.append("unknown")
      }
      entries.endField()
    }
    guard let name = Field.arch.journal else { return }
    putKey(name)
    if names.arch.isKnown {
      entries.fields.append(syscalls.names, names.arch.range)
    } else {
      // As in lines: the kernel's token.
      entries.fields.append(hexadecimal: UInt64(arch))
    }
    entries.endField()
  }
}
