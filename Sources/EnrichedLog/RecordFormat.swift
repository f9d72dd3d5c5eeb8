public import AuditRecord
public import AuditSource
internal import BasicContainers
public import SyscallNames

/// A record, its text and its owner to a line: klog's structured text, or JSON.
///
/// What many records share is rendered once (`render`) and copied from then on.
public struct RecordFormat: Sendable {
  public enum Style: String, Sendable, CaseIterable {
    /// klog's structured text, as the log enricher of the Security Profiles Operator writes it.
    case klog
    /// One JSON object a line.
    case json
  }

  public enum Fields: String, Sendable, CaseIterable {
    /// Those of the Security Profiles Operator.
    case basic
    case full
  }

  /// A record's owner, as it stands in a line.
  public struct RenderedOwner: Sendable {
    fileprivate var names: [UInt8]
    fileprivate var rest: [UInt8]
  }

  public let style: Style
  public let fields: Fields
  private var node: [UInt8] = []
  /// Of a log that holds more than one node's records: the current line's.
  private var lineNode: [UInt8] = []
  private var header = KlogHeader()
  private var time = RecordTime()

  /// `node` is the machine's name, as it shall stand in every line.
  public init(style: Style, fields: Fields, node: String) {
    self.style = style
    self.fields = fields
    self.node = renderNode(Array(node.utf8).span)
  }

  // MARK: What is rendered once

  /// Sets the time that klog's headers show from now on: of writing, in local time.
  public mutating func setTime(seconds: Int64, microseconds: Int64) {
    header.set(seconds: seconds, microseconds: microseconds)
  }

  /// Renders an owner, for any number of records.
  public func render(_ owner: RecordOwner) -> RenderedOwner {
    var buffer = LineBuffer()
    put("namespace", owner.namespace, to: &buffer)
    put("pod", owner.pod, to: &buffer)
    put("container", owner.container, to: &buffer)
    let names = Array(copying: buffer)
    buffer.removeAll()
    if fields == .full {
      if let podUID = owner.podUID { put("podUID", podUID, to: &buffer) }
      if let containerID = owner.containerID { put("containerID", containerID, to: &buffer) }
      if let unit = owner.unit { put("unit", unit, to: &buffer) }
      if let attribution = owner.attribution { put("attribution", attribution.rawValue, to: &buffer) }
      if let reason = owner.reason { put("reason", reason, to: &buffer) }
    }
    return RenderedOwner(names: names, rest: Array(copying: buffer))
  }

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
    let names = syscalls.look(up: record.syscall, arch: record.arch)
    beginLine("I", "audit", at: record.stamp, &buffer)
    begin("timestamp", &buffer)
    buffer.append(UInt8(ascii: "\""))
    buffer.append(decimal: record.stamp.seconds)
    buffer.append(UInt8(ascii: "."))
    buffer.append(decimal: UInt64(record.stamp.milliseconds), digits: 3)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: record.stamp.serial)
    buffer.append(UInt8(ascii: "\""))
    buffer.append(style == .klog ? " type=\"seccomp\"" : ",\"type\":\"seccomp\"")
    buffer.append(hasOwnNode ? lineNode : node)
    buffer.append(owner.names)
    begin("executable", &buffer)
    append(record.exe, text, &buffer)
    put("pid", Int64(record.pid), to: &buffer)
    put("syscallID", record.syscall, to: &buffer)
    begin("syscallName", &buffer)
    append(names.syscall, orElse: "unknown", in: syscalls.names.span, &buffer)

    if fields == .full {
      appendFull(record, text, arch: names.arch, in: syscalls.names.span, &buffer)
      buffer.append(owner.rest)
      if style == .json { appendJSONOnly(record, text, &buffer) }
    }
    buffer.append(style == .klog ? "\n" : "}\n")
  }

  /// Appends the line that says how many were lost, and where.
  public mutating func append(
    lost count: UInt64, place: LossPlace, at stamp: AuditStamp, to buffer: inout LineBuffer
  ) {
    let message = place.message
    beginLine("W", message, at: stamp, &buffer)
    if style == .json {
      buffer.append(",\"level\":\"warning\",\"message\":\"")
      buffer.append(message)
      buffer.append(UInt8(ascii: "\""))
    }
    begin("count", &buffer)
    buffer.append(decimal: count)
    put("where", place.rawValue, to: &buffer)
    buffer.append(style == .klog ? "\n" : "}\n")
  }

  // MARK: Parts

  @inline(__always)
  private mutating func beginLine(
    _ level: StaticString, _ message: StaticString, at stamp: AuditStamp, _ buffer: inout LineBuffer
  ) {
    switch style {
    case .klog:
      buffer.append(level)
      buffer.append(header.bytes)
      buffer.append(UInt8(ascii: "\""))
      buffer.append(message)
      buffer.append("\" logger=\"log-enricher\"")
    case .json:
      buffer.append("{\"time\":\"")
      time.append(stamp, to: &buffer)
      buffer.append("\",\"logger\":\"log-enricher\"")
    }
  }

  @inline(__always)
  private func appendFull(
    _ record: SeccompRecord, _ text: borrowing Span<UInt8>, arch: SyscallTable.Name,
    in names: borrowing Span<UInt8>, _ buffer: inout LineBuffer
  ) {
    begin("arch", &buffer)
    if arch.isKnown {
      append(arch, orElse: "", in: names, &buffer)
    } else {
      // Newer than the library: the kernel's token, as it stands in the record.
      buffer.append(UInt8(ascii: "\""))
      buffer.append(hexadecimal: UInt64(record.arch))
      buffer.append(UInt8(ascii: "\""))
    }
    if let action = record.action {
      begin("action", &buffer)
      buffer.append(UInt8(ascii: "\""))
      buffer.append(action.name)
      buffer.append(UInt8(ascii: "\""))
    }
    if record.signal != 0 {
      begin("signal", &buffer)
      buffer.append(UInt8(ascii: "\""))
      SignalName.append(record.signal, to: &buffer)
      buffer.append(UInt8(ascii: "\""))
    }
    if let uid = record.uid { put("uid", Int64(uid), to: &buffer) }
    if let gid = record.gid { put("gid", Int64(gid), to: &buffer) }
    if record.comm.encoding != .missing {
      begin("comm", &buffer)
      append(record.comm, text, &buffer)
    }
  }

  private func appendJSONOnly(
    _ record: SeccompRecord, _ text: borrowing Span<UInt8>, _ buffer: inout LineBuffer
  ) {
    begin("code", &buffer)
    buffer.append(UInt8(ascii: "\""))
    buffer.append(hexadecimal: UInt64(record.code))
    buffer.append(UInt8(ascii: "\""))
    if let auid = record.auid { put("auid", Int64(auid), to: &buffer) }
    if let session = record.session { put("ses", Int64(session), to: &buffer) }
    if let pointer = record.instructionPointer {
      begin("ip", &buffer)
      buffer.append(UInt8(ascii: "\""))
      buffer.append(hexadecimal: pointer)
      buffer.append(UInt8(ascii: "\""))
    }
    if let compat = record.compat { put("compat", Int64(compat), to: &buffer) }
    if let subject = record.subject {
      begin("subj", &buffer)
      buffer.append(text.extracting(subject), quoting: .json)
    }
  }

  private var quoting: Quoting { style == .klog ? .go : .json }

  @inline(__always)
  private func begin(_ key: StaticString, _ buffer: inout LineBuffer) {
    switch style {
    case .klog:
      buffer.append(UInt8(ascii: " "))
      buffer.append(key)
      buffer.append(UInt8(ascii: "="))
    case .json:
      buffer.append(",\"")
      buffer.append(key)
      buffer.append("\":")
    }
  }

  private func put(_ key: StaticString, _ value: Int64, to buffer: inout LineBuffer) {
    begin(key, &buffer)
    buffer.append(decimal: value)
  }

  private func put(_ key: StaticString, _ value: String, to buffer: inout LineBuffer) {
    begin(key, &buffer)
    buffer.append(value, quoting: quoting)
  }

  private func renderNode(_ name: borrowing Span<UInt8>) -> [UInt8] {
    var buffer = LineBuffer()
    begin("node", &buffer)
    buffer.append(name, quoting: quoting)
    return Array(copying: buffer)
  }

  @inline(__always)
  private func append(
    _ name: SyscallTable.Name, orElse other: StaticString, in names: borrowing Span<UInt8>,
    _ buffer: inout LineBuffer
  ) {
    buffer.append(UInt8(ascii: "\""))
    if name.isKnown { buffer.append(names.extracting(name.range)) } else { buffer.append(other) }
    buffer.append(UInt8(ascii: "\""))
  }

  @inline(__always)
  private func append(
    _ field: RecordText, _ text: borrowing Span<UInt8>, _ buffer: inout LineBuffer
  ) {
    switch field.encoding {
    case .plain: buffer.append(text.extracting(field.range), quoting: quoting)
    case .missing: buffer.append("\"\"")
    case .hexadecimal:
      var decoded = UniqueArray<UInt8>(minimumCapacity: field.range.count / 2)
      field.decode(text, into: &decoded)
      buffer.append(decoded.span, quoting: quoting)
    }
  }
}

extension LossPlace {
  /// What a line says of it. Only what can never be a line counts as a lost record.
  fileprivate var message: StaticString {
    switch self {
    case .socket, .kernel, .serialGap: "audit records lost"
    case .connector: "process events lost"
    case .parked: "audit records without names"
    case .suppressed: "audit records suppressed"
    }
  }
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
