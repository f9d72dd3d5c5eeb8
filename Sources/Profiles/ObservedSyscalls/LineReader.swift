internal import AuditRecord
internal import JSONText
internal import LogLines
internal import Recordings
internal import SyscallNames

/// Reads what lines say about syscalls. Each line may have another form:
///
/// - lines of this program and of the Security Profiles Operator, as klog's text or as JSON, also below the prefix of a container's log
/// - the operator's JSON lines that list the syscalls of a process
/// - entries of the journal as `journalctl -o json` shows them
/// - recordings, whose content is not read here
/// - rows of a log database: JSON objects with a syscall's name, or its number and architecture. Keys may be in any case
///
/// Lines may come from anywhere. What a line says is checked, and a line that is none of these is skipped.
package struct LineReader {
  package typealias Name = NamePool.Name

  /// All texts of the lines that have been read.
  package var names = NamePool()
  /// What the last line says, if its content is `calls`, `loss` or `suppressed`.
  package private(set) var observation = Observation()
  /// The names that the last line lists instead of one syscall.
  package private(set) var listed: [Name] = []
  /// The stage of the last line's loss.
  package private(set) var place = Name.none

  private let keepsExecutables: Bool
  /// How many different executables were kept.
  private var executables = 0
  private var records = LogLineReader(types: [.seccomp])
  private var syscalls = SyscallTable()
  /// The unescaped value of a field.
  private var decoded: [UInt8] = []
  /// The text of a journal entry or a container's log, which is a line itself.
  private var message: [UInt8] = []
  private var type = LineType.none
  private var suppressed: UInt64?
  private var isProfile = false
  private var isRecording = false

  /// Far more than a container has. A process can choose the path of its executable; further ones become `*`.
  private static let maxExecutables = 1 << 16

  package init(keepsExecutables: Bool = false) { self.keepsExecutables = keepsExecutables }

  /// Reads a line without its line feed.
  package mutating func read(_ line: borrowing Span<UInt8>) throws(NamePool.Overflow) -> LineContent {
    begin()
    let content = try readAny(line, isInner: false)
    guard content == .other else { return content }
    return if case .record = records.read(line) { .record } else { .other }
  }

  private mutating func begin() {
    observation = Observation()
    listed.removeAll(keepingCapacity: true)
    place = .none
    type = .none
    suppressed = nil
    isProfile = false
    isRecording = false
  }

  private mutating func readAny(
    _ line: borrowing Span<UInt8>, isInner: Bool
  ) throws(NamePool.Overflow) -> LineContent {
    var scanner = JSONScanner()
    guard let first = scanner.peek(line) else { return .other }
    switch first {
    case UInt8(ascii: "{"): return try readObject(line, at: scanner.offset, isInner: isInner)
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      // Each line of a container's log begins with a time, the stream, and F for a whole line.
      guard !isInner, let start = KlogText.startOfContainerLine(line) else { return .other }
      return try readAny(line.extracting(start..<line.count), isInner: true)
    default:
      guard let start = KlogText.startOfMessage(line) else { return .other }
      return try readKlog(line.extracting(start..<line.count))
    }
  }

  // MARK: Forms

  private mutating func readKlog(_ text: borrowing Span<UInt8>) throws(NamePool.Overflow) -> LineContent {
    var klog = KlogText()
    guard klog.begin(text) else { return .other }
    while let (key, value) = klog.next(text) {
      guard let key = LineKey(text.extracting(key)) else { continue }
      if value.isEscaped {
        decoded.removeAll(keepingCapacity: true)
        KlogText.decode(text.extracting(value.range), into: &decoded)
        let bytes = decoded
        try put(key, bytes.span)
      } else {
        try put(key, text.extracting(value.range))
      }
    }
    return klog.isWhole ? try finish() : .other
  }

  private mutating func readObject(
    _ line: borrowing Span<UInt8>, at start: Int, isInner: Bool
  ) throws(NamePool.Overflow) -> LineContent {
    message.removeAll(keepingCapacity: true)
    var end = JSONScanner()
    do throws(MalformedJSON) {
      var items = JSONItems(at: start, isObject: true)
      while let item = try items.next(line) {
        guard let key = item.key.flatMap({ LineKey(line.extracting($0.range)) }) else { continue }
        try readMember(key, item.value, line)
      }
      end = JSONScanner(at: items.offset)
    } catch {
      // More lines may follow only if the text was right up to its end.
      return error.offset == line.count && !isInner ? .openObject : .other
    }
    guard overflow == nil else { throw NamePool.Overflow() }
    guard end.peek(line) == nil else { return .other }
    if isProfile { return isInner ? .other : .profile }
    if isRecording { return isInner ? .other : .recording }
    if type == .none, !isInner, !message.isEmpty {
      let inner = message
      let content = try readAny(inner.span, isInner: true)
      if content != .other { return content }
    }
    return try finish()
  }

  /// Set when a member of an object did not fit.
  private var overflow: NamePool.Overflow?

  private mutating func readMember(
    _ key: LineKey, _ value: JSONToken, _ line: borrowing Span<UInt8>
  ) throws(MalformedJSON) {
    switch value.kind {
    case .plain, .number: keep(key, line.extracting(value.range))
    case .escaped:
      decoded.removeAll(keepingCapacity: true)
      value.decode(line, into: &decoded)
      let bytes = decoded
      keep(key, bytes.span)
    case .object where key == .resource || key == .node:
      var items = JSONItems(at: value.range.lowerBound, isObject: true)
      while let item = try items.next(line) {
        guard item.value.isString, let name = item.key else { continue }
        let inner = line.extracting(name.range)
        if key == .node {
          if inner.equals("name") { try readMember(.node, item.value, line) }
        } else if let inner = LineKey(inner), [.namespace, .pod, .container].contains(inner) {
          try readMember(inner, item.value, line)
        }
      }
    case .array where key == .syscalls:
      var items = JSONItems(at: value.range.lowerBound, isObject: false)
      // An object with a `defaultAction` is a profile, whose `syscalls` are objects.
      while let item = try items.next(line) {
        if item.value.isString { try readMember(.syscalls, item.value, line) }
      }
    default: break
    }
  }

  private mutating func keep(_ key: LineKey, _ value: borrowing Span<UInt8>) {
    do throws(NamePool.Overflow) { try put(key, value) } catch { overflow = error }
  }

  // MARK: Fields

  private mutating func put(_ key: LineKey, _ value: borrowing Span<UInt8>) throws(NamePool.Overflow) {
    switch key {
    case .timestamp:
      let time = LineTime.parse(value)
      if time > 0 { observation.last = time }
    case .firstTimestamp: observation.first = LineTime.parse(value)
    case .journalTime:
      // In microseconds. A record's own time is better.
      if observation.last == 0 { observation.last = max(0, LineTime.number(value) ?? 0) / 1000 }
    case .type: type = LineType(value)
    case .node: observation.node = try names.name(value)
    case .namespace: observation.namespace = try names.name(value)
    case .pod: observation.pod = try names.name(value)
    case .container: observation.container = try names.name(value)
    case .containerID: observation.containerID = try names.name(value)
    case .executable:
      guard keepsExecutables else { return }
      let count = names.count
      observation.executable = try executables < Self.maxExecutables ? names.name(value) : names.name("*")
      executables += names.count - count
    case .comm:
      if let runtime = Observation.Runtime(SyscallCaller(comm: value)) { observation.runtime = runtime }
    case .syscallID: observation.number = LineTime.number(value) ?? -1
    case .syscallName: observation.syscall = value.equals("unknown") ? .none : try names.name(value)
    case .arch: observation.arch = try names.name(value)
    case .action: observation.action = SeccompAction.allCases.first { value.equals($0.name) }
    case .attribution: observation.isUnresolved = value.equals("unresolved")
    case .count: observation.count = UInt64(max(0, LineTime.number(value) ?? 1))
    case .suppressed: suppressed = UInt64(max(0, LineTime.number(value) ?? 0))
    case .place: place = try names.name(value)
    case .syscalls: listed.append(try names.name(value))
    case .message: message = value.indices.map { value[$0] }
    case .defaultAction: isProfile = true
    case .kind: isRecording = value.equals(Recording.kind)
    case .resource: break
    }
  }

  /// Decides what the fields of a line mean.
  private mutating func finish() throws(NamePool.Overflow) -> LineContent {
    if observation.first == 0 { observation.first = observation.last }
    switch type {
    case .other: return .other
    case .loss: return place == .none ? .other : .loss
    case .suppressed:
      guard let suppressed else { return .other }
      observation.count = suppressed
      return .suppressed
    case .none where place != .none && observation.syscall == .none:
      // Only the entries of the journal have no type. They have the names of a container whose records were left out.
      return names[place] == "suppressed" ? .suppressed : .loss
    case .seccomp, .none:
      if !listed.isEmpty { return .calls }
      try nameArchitecture()
      if observation.syscall == .none { try nameSyscall() }
      return observation.syscall != .none || observation.number >= 0 && observation.arch != .none
        ? .calls : .other
    }
  }

  /// Replaces the kernel's token for an architecture, as some lines have it, by its name.
  private mutating func nameArchitecture() throws(NamePool.Overflow) {
    guard observation.arch != .none, let token = UInt32(names[observation.arch], radix: 16), token > 0xffff
    else { return }
    let found = syscalls.lookUp(max(0, observation.number), arch: token).arch
    guard found.isKnown else { return }
    let bytes = syscalls.names
    observation.arch = try names.name(bytes.span.extracting(found.range))
  }

  private mutating func nameSyscall() throws(NamePool.Overflow) {
    guard let token = SyscallTable.token(of: names[observation.arch]) else { return }
    let found = syscalls.lookUp(observation.number, arch: token).syscall
    guard found.isKnown else { return }
    let bytes = syscalls.names
    observation.syscall = try names.name(bytes.span.extracting(found.range))
  }
}
