public import AuditRecord
internal import BasicContainers
public import SyscallNames

/// A record, its text and its owner to a line: klog's structured text, or JSON.
///
/// What many records share is rendered once (`render`) and copied from then on.
public struct RecordFormat: ~Copyable {
  public enum Style: String, Sendable, CaseIterable {
    /// klog's structured text, as the log enricher of the Security Profiles Operator writes it.
    case klog
    /// One JSON object a line.
    case json
    /// klog's text without its header: the message of an entry in the journal, see `JournalWriter`.
    case journald
  }

  public enum Fields: String, Sendable, CaseIterable {
    /// Those of the Security Profiles Operator.
    case basic
    case full
  }

  /// A record's owner, as it stands in a line: places among the format's own bytes.
  public struct RenderedOwner: Sendable {
    /// Where the format's own node begins, and the owner's names behind it.
    var start: Int
    var names: Int
    /// Where the executable's key begins.
    var executable: Int
    /// Where what follows a record's own fields begins.
    var rest: Int
    var end: Int
  }

  public let style: Style
  public let fields: Fields
  let nodeName: String
  /// The type and the node of a record's line.
  private var node: [UInt8] = []
  /// Of a log that holds more than one node's records: the current line's.
  private var lineNode: [UInt8] = []
  let keys: LineKeys
  var beginning: LineBeginning
  private var syscallTexts: SyscallTexts
  /// All owners that were rendered.
  var owners = LineBuffer()
  /// Text that a record holds as hexadecimal digits.
  private var decoded = UniqueArray<UInt8>()

  /// `node` is the machine's name, as it shall stand in every line.
  public init(style: Style, fields: Fields, node: String) {
    self.style = style
    self.fields = fields
    nodeName = node
    keys = LineKeys(style: style)
    beginning = LineBeginning(style: style)
    syscallTexts = SyscallTexts(keys: keys, fields: fields)
    self.node = renderNode(Array(node.utf8).span)
  }

  // MARK: What is rendered once

  /// Sets the time that klog's headers show from now on: of writing, in local time.
  public mutating func setTime(seconds: Int64, microseconds: Int64) {
    beginning.setTime(seconds: seconds, microseconds: microseconds)
  }

  /// Renders an owner, for any number of records, until all are forgotten.
  public mutating func render(_ owner: RecordOwner) -> RenderedOwner {
    let start = owners.count
    owners.append(node)
    let names = owners.count
    keys.put(.namespace, owner.namespace, to: &owners)
    keys.put(.pod, owner.pod, to: &owners)
    keys.put(.container, owner.container, to: &owners)
    let executable = owners.count
    keys.put(.executable, to: &owners)
    let rest = owners.count
    if fields == .full {
      if let podUID = owner.podUID { keys.put(.podUID, podUID, to: &owners) }
      if let containerID = owner.containerID { keys.put(.containerID, containerID, to: &owners) }
      if let runtime = owner.runtime { keys.put(.runtime, runtime, to: &owners) }
      if let unit = owner.unit { keys.put(.unit, unit, to: &owners) }
      if let attribution = owner.attribution {
        keys.put(.attribution, attribution.rawValue, to: &owners)
      }
      if let reason = owner.reason { keys.put(.reason, reason, to: &owners) }
    }
    return RenderedOwner(start: start, names: names, executable: executable, rest: rest, end: owners.count)
  }

  /// Forgets all owners: what `render` gave may be used no more.
  public mutating func forgetOwners() { owners.removeAll() }

  /// Sets the node that the next record's own line names.
  public mutating func setNode(of name: borrowing Span<UInt8>) { lineNode = renderNode(name) }

  // MARK: Lines

  /// Appends one record's line. `text` is what the record was parsed from; with its own node if `setNode` was
  /// called for it.
  public mutating func append(
    _ record: SeccompRecord, text: borrowing Span<UInt8>, hasOwnNode: Bool,
    owner: borrowing RenderedOwner,
    syscalls: inout SyscallTable, to buffer: inout LineBuffer
  ) {
    beginning.append(record.stamp, as: text.extracting(record.stampText), to: &buffer)
    if hasOwnNode {
      buffer.append(lineNode.span)
      owners.append(owner.names..<owner.rest, to: &buffer)
    } else {
      owners.append(owner.start..<owner.rest, to: &buffer)
    }
    append(record.exe, text, &buffer)
    keys.put(.pid, Int64(record.pid), to: &buffer)
    syscallTexts.append(record.syscall, arch: record.arch, &syscalls, to: &buffer)

    if fields == .full {
      appendFull(record, text, &buffer)
      owners.append(owner.rest..<owner.end, to: &buffer)
      if style == .json { appendJSONOnly(record, text, &buffer) }
    }
    endLine(&buffer)
  }

  // MARK: Parts

  @inline(__always)
  func endLine(_ buffer: inout LineBuffer) {
    if style == .json { buffer.append(UInt8(ascii: "}")) }
    buffer.append(UInt8(ascii: "\n"))
  }

  @inline(__always)
  private mutating func appendFull(
    _ record: SeccompRecord, _ text: borrowing Span<UInt8>, _ buffer: inout LineBuffer
  ) {
    if let action = record.action {
      keys.put(.action, to: &buffer) { $0.append(action.name) }
    }
    if record.signal != 0 {
      keys.put(.signal, to: &buffer) { SignalName.append(record.signal, to: &$0) }
    }
    if let uid = record.uid { keys.put(.uid, Int64(uid), to: &buffer) }
    if let gid = record.gid { keys.put(.gid, Int64(gid), to: &buffer) }
    if record.comm.encoding != .missing {
      keys.put(.comm, to: &buffer)
      append(record.comm, text, &buffer)
    }
  }

  private func appendJSONOnly(
    _ record: SeccompRecord, _ text: borrowing Span<UInt8>, _ buffer: inout LineBuffer
  ) {
    keys.put(.code, to: &buffer) { $0.append(hexadecimal: UInt64(record.code)) }
    if let auid = record.auid { keys.put(.auid, Int64(auid), to: &buffer) }
    if let session = record.session { keys.put(.ses, Int64(session), to: &buffer) }
    if let pointer = record.instructionPointer {
      keys.put(.ip, to: &buffer) { $0.append(hexadecimal: pointer) }
    }
    if let compat = record.compat { keys.put(.compat, Int64(compat), to: &buffer) }
    if let subject = record.subject {
      keys.put(.subj, to: &buffer)
      buffer.append(text.extracting(subject), quoting: .json)
    }
  }

  private func renderNode(_ name: borrowing Span<UInt8>) -> [UInt8] {
    var buffer = LineBuffer()
    keys.put(.type, to: &buffer)
    buffer.append("\"seccomp\"")
    keys.put(.node, to: &buffer)
    buffer.append(name, quoting: style.quoting)
    return Array(copying: buffer)
  }

  @inline(__always)
  private mutating func append(
    _ field: RecordText, _ text: borrowing Span<UInt8>, _ buffer: inout LineBuffer
  ) {
    switch field.encoding {
    case .plain where field.isVerbatim:
      // With the quotes that it has there.
      buffer.append(text.extracting(field.range.lowerBound - 1..<field.range.upperBound + 1))
    case .plain: buffer.append(text.extracting(field.range), quoting: style.quoting)
    case .missing: buffer.append("\"\"")
    case .hexadecimal:
      decoded.removeAll(keepingCapacity: decoded.capacity <= 1 << 16)
      field.decode(text, into: &decoded)
      buffer.append(decoded.span, quoting: style.quoting)
    }
  }
}

extension RecordFormat.Style {
  var quoting: Quoting { self == .json ? .json : .go }
}

extension RecordText {
  /// Appends the bytes that two digits each stand for.
  func decode(_ text: borrowing Span<UInt8>, into bytes: inout UniqueArray<UInt8>) {
    for index in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      // Parsing found nothing but digits, an even number of them.
      bytes.append((text[index].hexDigitValue ?? 0) << 4 | (text[index + 1].hexDigitValue ?? 0))
    }
  }
}
