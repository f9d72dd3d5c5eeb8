public import AuditRecord
public import AuditSource
internal import BasicContainers
internal import Clibsystemd
internal import Glibc
internal import LinuxSystem
internal import SystemPackage
public import SyscallNames

/// Entries of journald's, one for each record, with fields that `journalctl FIELD=value` finds.
///
/// Waits where journald is slow, as all outputs do: the kernel's socket buffer is the queue.
// See: man 3 sd_journal_sendv, man 7 systemd.journal-fields
public struct JournalWriter: ~Copyable {
  /// An owner's fields: places among the writer's own bytes.
  public struct RenderedOwner: Sendable {
    fileprivate var ends: Range<Int>
    fileprivate var start: Int
  }

  /// Records that journald did not take.
  public private(set) var refused: UInt64 = 0

  /// The fields of an entry, one after the other, and where each ends.
  private var fields = LineBuffer()
  private var ends = UniqueArray<Int>()
  private var owners = LineBuffer()
  private var ownerEnds = UniqueArray<Int>()
  private var decoded = UniqueArray<UInt8>()
  private var node = LineBuffer()
  /// Entries of losses that journald has not taken yet, the oldest first.
  private var pending: [PendingEntry] = []
  private var isThere = true

  private struct PendingEntry {
    var fields: [UInt8]
    var ends: [Int]
  }

  /// Further losses are merged where so many wait.
  private static let maxPending = 128
  private static let socket = "/run/systemd/journal/socket"

  /// `node` is the machine's name.
  public init(node: String) { use(node: node) }

  public mutating func use(node: String) {
    self.node.removeAll()
    self.node.append(Array("K8S_NODE=\(node)".utf8))
  }

  /// Fails if nobody takes entries. libsystemd itself passes over in silence that nobody does.
  public static func check() throws(LineWriter.Failure) {
    guard unsafe access(socket, W_OK) == 0 else {
      throw LineWriter.Failure(
        operation: "write to journald's socket \(socket)", errno: .last, remedy: "is it running? see --format"
      )
    }
  }

  /// Sends an entry of the service's own log, whose message is one line. Whether it was taken at once: nothing waits for a journald
  /// that stands still.
  public static func write(_ message: String, priority: Int, _ id: JournalMessage) -> Bool {
    let lines = [
      "MESSAGE=\(message)", "PRIORITY=\(priority)", "MESSAGE_ID=\(id.rawValue)",
      "SYSLOG_IDENTIFIER=audit-enricher",
    ]
    let bytes = lines.flatMap { "\($0)\n".utf8 }
    // It is as long as is said.
    return unsafe enricher_journal_send_now(socket, bytes, bytes.count) == 0
  }

  /// To be called before a batch: if nobody takes its entries they are counted, not sent.
  public mutating func look() { isThere = unsafe access(Self.socket, W_OK) == 0 }

  // MARK: Owners

  /// Renders an owner, for any number of records, until all are forgotten.
  public mutating func render(_ owner: RecordOwner) -> RenderedOwner {
    let start = owners.count
    let first = ownerEnds.count
    for (name, value) in [
      ("K8S_NAMESPACE", owner.namespace), ("K8S_POD", owner.pod), ("K8S_POD_UID", owner.podUID ?? ""),
      ("K8S_CONTAINER", owner.container), ("CONTAINER_ID", owner.containerID ?? ""),
      ("CONTAINER_RUNTIME", owner.runtime ?? ""),
    ] where !value.isEmpty {
      owners.append(Array("\(name)=\(value)".utf8))
      ownerEnds.append(owners.count)
    }
    return RenderedOwner(ends: first..<ownerEnds.count, start: start)
  }

  public mutating func forgetOwners() {
    owners.removeAll()
    ownerEnds.removeAll(keepingCapacity: true)
  }

  // MARK: Entries

  /// Sends one record's entry. `message` holds its line, and is emptied.
  public mutating func write(
    _ record: SeccompRecord, text: borrowing Span<UInt8>, owner: RenderedOwner, message: inout LineBuffer,
    _ syscalls: inout SyscallTable
  ) {
    let isKill = record.action?.isKill == true
    begin(&message, .record, priority: isKill ? "PRIORITY=4" : "PRIORITY=6")
    put("AUDIT_TYPE_NAME=SECCOMP")
    put("AUDIT_ID=") { $0.append(decimal: record.stamp.serial) }
    put("TARGET_PID=") { $0.append(decimal: Int64(record.pid)) }
    if let uid = record.uid { put("TARGET_UID=") { $0.append(decimal: UInt64(uid)) } }
    if record.exe.encoding != .missing {
      fields.append("EXECUTABLE=")
      append(record.exe, text)
      end()
    }
    put("SYSCALL_ID=") { $0.append(decimal: record.syscall) }
    let names = syscalls.look(up: record.syscall, arch: record.arch)
    put("SYSCALL_NAME=") { fields in
      if names.syscall.isKnown {
        fields.append(syscalls.names.span.extracting(names.syscall.range))
      } else {
        fields.append("unknown")
      }
    }
    if names.arch.isKnown {
      put("SYSCALL_ARCH=") { $0.append(syscalls.names.span.extracting(names.arch.range)) }
    }
    if let action = record.action { put("SECCOMP_ACTION=") { $0.append(action.name) } }
    put(owner)
    if !send() { refused += 1 }
  }

  /// Sends the entry of a loss: `count` of them at `place`, of `owner`'s records where it is one container's. `message` holds its
  /// line, and is emptied. Where journald does not take it, it is sent again with the next one, or by `sendPending`.
  public mutating func write(
    loss place: LossPlace, count: UInt64, owner: RenderedOwner?, message: inout LineBuffer
  ) {
    begin(&message, .loss, priority: "PRIORITY=4")
    put("LOSS_PLACE=") { $0.append(Array(place.rawValue.utf8)) }
    put("LOSS_COUNT=") { $0.append(decimal: count) }
    if let owner { put(owner) }
    pending.append(PendingEntry(fields: Array(copying: fields), ends: ends.indices.map { ends[$0] }))
    sendPending()
  }

  /// Whether entries of losses wait to be taken.
  public var hasPending: Bool { !pending.isEmpty }

  /// Sends the entries of losses that journald has not taken yet, in their order.
  public mutating func sendPending() {
    var sent = 0
    for entry in pending {
      fields.removeAll()
      fields.append(entry.fields)
      ends = UniqueArray(copying: entry.ends)
      guard send() else { break }
      sent += 1
    }
    if sent > 0 { pending.removeFirst(sent) }
  }

  /// Whether more entries of losses wait than shall.
  public var isPendingFull: Bool { pending.count > Self.maxPending }

  /// Forgets the entries that wait, which the next ones shall stand for.
  public mutating func forgetPending() { pending.removeAll() }

  private mutating func begin(_ message: inout LineBuffer, _ id: JournalMessage, priority: StaticString) {
    fields.removeAll()
    ends.removeAll(keepingCapacity: true)
    fields.append("MESSAGE=")
    // A line's end is none of the message's.
    message.append(0..<max(0, message.count - 1), to: &fields)
    message.removeAll()
    end()
    put(priority)
    switch id {
    case .record: put("MESSAGE_ID=5889585be9d4482992db3c8745a373a1")
    default: put("MESSAGE_ID=") { $0.append(Array(id.rawValue.utf8)) }
    }
    node.append(0..<node.count, to: &fields)
    end()
  }

  @inline(__always)
  private mutating func put(_ field: StaticString) {
    fields.append(field)
    end()
  }

  @inline(__always)
  private mutating func put(_ name: StaticString, _ value: (inout LineBuffer) -> Void) {
    fields.append(name)
    value(&fields)
    end()
  }

  private mutating func put(_ owner: RenderedOwner) {
    var start = owner.start
    for index in owner.ends {
      owners.append(start..<ownerEnds[index], to: &fields)
      start = ownerEnds[index]
      end()
    }
  }

  @inline(__always)
  private mutating func end() { ends.append(fields.count) }

  private mutating func append(_ field: RecordText, _ text: borrowing Span<UInt8>) {
    guard field.encoding == .hexadecimal else { return fields.append(text.extracting(field.range)) }
    decoded.removeAll(keepingCapacity: decoded.capacity <= 1 << 16)
    field.decode(text, into: &decoded)
    Self.append(decoded, to: &fields)
  }

  private static func append(_ bytes: borrowing UniqueArray<UInt8>, to buffer: inout LineBuffer) {
    buffer.append(bytes.span)
  }

  /// Whether it was taken.
  private mutating func send() -> Bool {
    guard isThere else { return false }
    return fields.withBytes { bytes in
      // Both are as long as is said, and are read during the call only.
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe ends.span.withUnsafeBufferPointer { ends in
          OutputWait.during {
            unsafe enricher_journal_send(bytes.baseAddress, ends.baseAddress, Int32(ends.count)) >= 0
          }
        }
      }
    }
  }
}
