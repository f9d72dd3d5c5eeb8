internal import AuditRecord

/// What a log daemon, dmesg or journalctl wrote before a message, in the forms that `KernelLinePrefix` does not have.
package struct DaemonPrefix {
  /// Who sent the message, as far as the prefix states it.
  package enum Sender: Equatable {
    /// The kernel.
    case kernel
    /// journald, which shows a record of the audit socket under the ID of the record's process.
    case audit(pid: Range<Int>?)
    /// A program that passes lines of auditd's on.
    case auditd
    /// Any other program.
    case program
  }

  /// The offset at which the message begins.
  package var end = 0
  package var sender = Sender.program
  package var host: Range<Int>?
  /// The time of the log daemon or journalctl.
  package var time: WallTime?
  /// The time by which the lines of one message are recognised.
  var kernelTime = KernelLinePrefix.Time.coarse
  /// Whether the line of a sender `audit` is in a form that journald does not write.
  package internal(set) var isOfProgram = false
  /// The number of the facility, if the line states one. Those that no sender here has are not told apart.
  var facility: Int?

  /// Reads the prefix of `line`; nil if there is none.
  package init?(_ line: borrowing Span<UInt8>) {
    guard line.count > 8, line[0] > 0x20 else { return nil }
    if line[0] == UInt8(ascii: "["), readMonotonic(line) { return }
    if readDmesg(line, at: 0) || readTalos(line) { return }
    if line[0] == UInt8(ascii: "<"), !readPriority(line) { return nil }
    if line.hasLiteral("1 ", at: end), readRFC5424(line) { return }
    var position = end
    guard let time = WallTime(line, at: &position) else { return nil }
    self.time = time
    // journalctl -o short-unix. An entry has its time in microseconds, and later lines of a message have no prefix.
    if time.epoch != nil { kernelTime = .kernel(Self.hash(line, end..<position)) }
    if time.isOfDmesg, line.skip(UInt8(ascii: " "), at: &position) {
      // dmesg --time-format=iso. All lines of a message have its time, in microseconds.
      sender = .kernel
      kernelTime = .kernel(Self.hash(line, 0..<position))
      end = (KernelLinePrefix.endOfCaller(line, position) ?? position - 2) + 2
      return
    }
    if readTag(line, position) {
      // So do container runtimes and kubectl mark a program's text, which may begin like a log daemon's line.
      guard time.isZulu else { return }
      if case .audit = sender { isOfProgram = true } else { sender = .program }
      return
    }
    // A time that a container runtime or a tool has put before the text of a program.
    (sender, host) = (.program, nil)
    end = line.isContainerLog(before: position + 10) ? position + 10 : min(position + 1, line.count)
  }

  /// Reads the prefix of a program's line of `journalctl -o short-monotonic`; nil if there is none.
  package init?(monotonic line: borrowing Span<UInt8>) {
    guard readMonotonic(line, ofProgram: true) else { return nil }
  }

  /// The prefix as one of a kernel message.
  package var kernelPrefix: KernelLinePrefix { KernelLinePrefix(end: end, time: kernelTime, host: host) }

  // MARK: dmesg

  /// Reads `kern  :notice: ` and a time: `dmesg -x`.
  private mutating func readDmesg(_ line: borrowing Span<UInt8>, at start: Int) -> Bool {
    var position = start
    guard let facility = Self.word(line, &position, "user,daemon,kern,syslog,auth,authpriv"),
      position - start == 6,
      line.skip(UInt8(ascii: ":"), at: &position),
      Self.word(line, &position, "emerg,alert,crit,err,warn,notice,info,debug") != nil,
      line.hasLiteral(": ", at: position)
    else { return false }
    end = position + 2
    guard line.hasLiteral("kern", at: facility.lowerBound) else { return true }
    var prefix = KernelLinePrefix(end: end, time: .missing, host: nil)
    var cursor = end
    if prefix.readBrackets(line), prefix.end > end {
      (end, kernelTime) = (prefix.end, prefix.time)
    } else if WallTime(line, at: &cursor) != nil, line.skip(UInt8(ascii: " "), at: &cursor) {
      kernelTime = .kernel(Self.hash(line, end..<cursor))
      end = cursor
    } else {
      kernelTime = .missing
    }
    sender = .kernel
    return true
  }

  /// Reads `10.0.0.3: kern:  notice: [2022-07-28T11:49:44.873619063Z]: `, with or without the node.
  private mutating func readTalos(_ line: borrowing Span<UInt8>) -> Bool {
    var position = 0
    if !line.hasLiteral("kern: ", at: 0), !line.hasLiteral("user: ", at: 0) {
      guard let space = line.firstIndex(of: UInt8(ascii: " "), in: 0..<min(line.count, 256)), space > 1,
        line[space - 1] == UInt8(ascii: ":"),
        line.hasLiteral("kern: ", at: space + 1) || line.hasLiteral("user: ", at: space + 1)
      else { return false }
      host = 0..<space - 1
      position = space + 1
    }
    let isOfKernel = line.hasLiteral("kern", at: position)
    position += 5
    while line.skip(UInt8(ascii: " "), at: &position) {}
    guard let bracket = line.firstIndex(of: UInt8(ascii: "["), in: position..<min(position + 12, line.count)),
      let close = line.firstIndex(of: UInt8(ascii: "]"), in: bracket..<min(bracket + 40, line.count)),
      line.hasLiteral("]: ", at: close), line.hasLiteral(": ", at: bracket - 2)
    else { return false }
    end = close + 3
    kernelTime = .kernel(Self.hash(line, bracket..<close))
    sender = isOfKernel ? .kernel : .program
    return true
  }

  // MARK: Words

  /// Reads one of the words, which are separated by commas, and the spaces after it.
  private static func word(
    _ line: borrowing Span<UInt8>, _ position: inout Int, _ words: StaticString
  ) -> Range<Int>? {
    let start = position
    var end = start
    while end < line.count, line[end] &- 0x61 < 26 { end += 1 }
    guard isWord(line, start..<end, words) else { return nil }
    position = end
    while line.skip(UInt8(ascii: " "), at: &position) {}
    return start..<end
  }

  /// Whether the range has one of the words, which are separated by commas.
  package static func isWord(
    _ line: borrowing Span<UInt8>, _ range: Range<Int>, _ words: StaticString
  ) -> Bool {
    var index = range.lowerBound
    var isSame = true
    for offset in 0..<words.utf8CodeUnitCount {
      // A literal's bytes are never freed, and `offset` is below their count.
      let byte = unsafe words.utf8Start[offset]
      if byte == UInt8(ascii: ",") {
        if isSame, index == range.upperBound { return true }
        (index, isSame) = (range.lowerBound, true)
      } else if isSame, index < range.upperBound, line[index] == byte {
        index += 1
      } else {
        isSame = false
      }
    }
    return isSame && index == range.upperBound
  }

  private static func hash(_ line: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt64 {
    HostMessages.hash(line, range)
  }
}
