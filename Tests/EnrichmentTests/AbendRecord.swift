import AccessRecords
import AuditRecord

/// A process that was killed by a signal: a second kind of record, which the program itself does not support.
// See: audit_core_dumps() in kernel/auditsc.c
struct AbendRecord: RecordKind {
  static let type = RecordType(1701, name: "ANOM_ABEND")
  static let name: StaticString = "abend"
  // A kind of the program, because there are no others.
  static let kind = RecordKinds.seccomp

  private enum Key: UInt64 {
    case uid = 0x75_6964
    case pid = 0x70_6964
    case exe = 0x65_7865
    case sig = 0x73_6967
  }

  private(set) var stamp = AuditStamp(seconds: 0, milliseconds: 0, serial: 0)
  private(set) var stampText = 0..<0
  private(set) var pid: Int32 = 0
  private var uid: UInt32?
  private var exe = RecordText.missing
  private var signal: Int32 = 0
  var isWarning: Bool { true }

  mutating func read(_ text: borrowing Span<UInt8>) throws(MalformedRecord) {
    var position = 0
    guard let stamp = AuditStamp(text, at: &position) else { throw .noStamp }
    self.stamp = stamp
    stampText = 6..<position - 2
    var scanner = FieldScanner<Key>(position: position)
    while true {
      switch try scanner.next(in: text) {
      case .end: return
      case .other: try scanner.skip(in: text)
      case .known(.uid): uid = try scanner.unsigned(in: text)
      case .known(.pid): pid = try scanner.signed(in: text)
      case .known(.exe): exe = try RecordText(text, at: &scanner.position)
      case .known(.sig): signal = try scanner.signed(in: text)
      }
    }
  }

  let standsAlone = true
  func countingKey(_ detail: KeyDetail, _ text: borrowing Span<UInt8>) -> CountingKey { CountingKey(0) }
  func inventedTexts(_ text: borrowing Span<UInt8>) -> TextRanges { TextRanges() }
  static func leastText(_ key: CountingKey, stamp: AuditStamp, pid: Int32) -> String { "" }

  func write<Sink: FieldSink & ~Copyable>(_ text: borrowing Span<UInt8>, to sink: inout Sink) {
    sink.put(Field("executable", .basic, journal: "EXECUTABLE"), exe, in: text)
    sink.put(Field("pid", .basic, journal: "TARGET_PID"), Int64(pid))
    sink.put(Field("endedBySignal", .full, journal: "ABEND_SIGNAL"), signal: signal)
    if let uid { sink.put(Field("uid", .full, journal: "TARGET_UID"), Int64(uid)) }
  }
}

/// A table with both kinds.
typealias TwoKinds = KindList<AbendRecord, KnownKinds>
