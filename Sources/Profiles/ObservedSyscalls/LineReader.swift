package import AuditRecord
internal import JSONText
package import LogLines
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
  package internal(set) var observation = Observation()
  /// The names that the last line lists instead of one syscall.
  package internal(set) var listed: [Name] = []
  /// The stage of the last line's loss.
  package internal(set) var place = Name.none

  let keepsExecutables: Bool
  /// How many different executables were kept.
  var executables = 0
  var records: LogLineReader
  /// The last record of the kernel's, in the form of auditd's log.
  package internal(set) var record: [UInt8] = []
  /// Lines that look like records of the kernel's and were not read.
  package internal(set) var unread = UnreadCounts()
  var syscalls = SyscallTable()
  /// The unescaped value of a field.
  private var decoded: [UInt8] = []
  /// The text of a journal entry or a container's log, which is a line itself.
  var message: [UInt8] = []
  var type = LineType.none
  var suppressed: UInt64?
  /// Whether the line is about calls that were counted whatever they were.
  var isOfAnySyscall = false
  var isProfile = false
  var isRecording = false
  /// The last architecture that is a name, and no token of the kernel's.
  var namedArchitecture = Name.none
  /// Those of the last lines, the last one first.
  private var shapes: [LineShape] = []
  /// Whether the text is a value of a line whose other values have been kept.
  private var isNested = false

  /// Lines of so many programs may alternate.
  private static let maxShapes = 4

  /// Far more than a container has. A process can choose the path of its executable; further ones become `*`.
  static let maxExecutables = 1 << 16

  /// `trust` is for records of the kernel's, which name no container.
  package init(keepsExecutables: Bool = false, trust: OriginTrust = .kernel) {
    self.keepsExecutables = keepsExecutables
    records = LogLineReader(types: [.seccomp], trust: trust)
  }

  /// Reads a line without its line feed.
  package mutating func read(_ line: borrowing Span<UInt8>) throws(NamePool.Overflow) -> LineContent {
    begin()
    let content = try readAny(line, isInner: false)
    guard content == .other else { return content }
    return readRecord(line)
  }

  private mutating func begin() {
    observation = Observation()
    listed.removeAll(keepingCapacity: true)
    place = .none
    type = .none
    suppressed = nil
    isOfAnySyscall = false
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
    if try readLikeFormer(text, at: 0) { return try finish() }
    var klog = KlogText()
    guard klog.begin(text) else { return .other }
    var shape = LineShape(at: 0)
    while let (key, value) = klog.next(text) {
      let key = LineKey(text.extracting(key))
      if value.isEscaped { shape.refuse() } else { shape.add(key, value.range, text) }
      guard let key else { continue }
      if value.isEscaped {
        decoded.removeAll(keepingCapacity: true)
        KlogText.decode(text.extracting(value.range), into: &decoded)
        let bytes = decoded
        try put(key, bytes.span)
      } else {
        try put(key, text.extracting(value.range))
      }
    }
    guard klog.isWhole else { return .other }
    learn(&shape, text)
    return try finish()
  }

  private mutating func readObject(
    _ line: borrowing Span<UInt8>, at start: Int, isInner: Bool
  ) throws(NamePool.Overflow) -> LineContent {
    if try readLikeFormer(line, at: start) { return try finish() }
    message.removeAll(keepingCapacity: true)
    var shape = LineShape(at: start)
    var end = JSONScanner()
    do throws(MalformedJSON) {
      var items = JSONItems(at: start, isObject: true)
      while let item = try items.next(line) {
        let key = item.key.flatMap { LineKey(line.extracting($0.range)) }
        switch (item.value.kind, key) {
        case (_, .message), (_, .defaultAction): shape.refuse()
        case (.plain, _), (.number, _): shape.add(key, item.value.range, line)
        default: shape.refuse()
        }
        if let key { try readMember(key, item.value, line) }
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
      isNested = true
      defer { isNested = false }
      let content = try readAny(inner.span, isInner: true)
      if content != .other { return content }
    }
    learn(&shape, line)
    return try finish()
  }

  /// Reads a text that has the shape of a former one. Returns false if it has another shape.
  private mutating func readLikeFormer(
    _ text: borrowing Span<UInt8>, at start: Int
  ) throws(NamePool.Overflow) -> Bool {
    guard !isNested else { return false }
    for index in shapes.indices {
      let shape = shapes[index]
      var cursor = LineShape.Cursor(at: start)
      while true {
        let step = shape.next(&cursor, text)
        if case .value(let key, let range) = step {
          try put(key, text.extracting(range))
          continue
        }
        if case .end = step {
          shapes.swapAt(0, index)
          return true
        }
        break
      }
      // Some values may have been kept.
      begin()
    }
    return false
  }

  private mutating func learn(_ shape: inout LineShape, _ text: borrowing Span<UInt8>) {
    guard !isNested else { return }
    shape.finish(text)
    guard shape.isKnown else { return }
    if shapes.count == Self.maxShapes { shapes.removeLast() }
    shapes.insert(shape, at: 0)
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
}
