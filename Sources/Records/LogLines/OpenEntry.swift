internal import AuditRecord
internal import KernelMessages

/// An entry of several lines that has begun.
enum OpenEntry: Equatable, Sendable {
  case none
  /// A JSON object whose members are on their own lines, as of `journalctl -o json-pretty`.
  case object
  /// Lines `    FIELD=value` below a line with the time and the cursor: `journalctl -o verbose`.
  case verbose
  /// Lines `FIELD=value` up to an empty one: `journalctl -o export`.
  case export
  /// The value of a field of an export that may have line feeds: the bytes of its length that have been read, how many these are, and
  /// once all eight are there, how many bytes of the value are still to come.
  case binary(JournalEntry.Field?, size: UInt64, read: Int)
  /// The line feed after such a value is next.
  case endOfBinary
}

extension LogLineReader {
  /// More than the text of a record. Longer texts of objects are not read.
  private static var maxEntry: Int { 1 << 16 }

  /// Opens an entry if this line is the first one of its form.
  mutating func opensEntry(_ line: borrowing Span<UInt8>, _ end: Int) -> Bool {
    let isExport = line.hasLiteral("__CURSOR=", at: 0)
    guard isExport || line[end - 1] == UInt8(ascii: "]") && line.firstIndex(of: " [s=", in: 0..<end) != nil
    else {
      return false
    }
    guard !foreign.mayHold(line, textFrom: 0, prefix: nil) else { return true }
    if !isExport {
      // Only a time is before the cursor.
      var position = 0
      guard WallTime(line, at: &position) != nil, line.hasLiteral(" [s=", at: position) else { return false }
    }
    entry.removeAll()
    open = isExport ? .export : .verbose
    return true
  }

  /// Reads a line of the open entry; nil if the entry was closed before this line.
  mutating func continueEntry(_ line: borrowing Span<UInt8>, omitted: Int) -> LogLine? {
    switch open {
    case .none: return nil
    case .object: return continueObject(line)
    case .verbose:
      // The name follows four spaces. Later lines of a value are indented by more.
      guard line.hasLiteral("    ", at: 0) else {
        let content = closeEntry()
        guard content == .other else {
          if line.count > 0 { _ = opensEntry(line, line.count) }
          return content
        }
        return line.count == 0 ? content : nil
      }
      if line.count > 4, line[4] > 0x20 { setField(line, from: 4) }
      return .other
    case .export:
      guard line.count > 0 else { return closeEntry() }
      guard setField(line, from: 0) else {
        open = .none
        return nil
      }
      return .other
    case .binary(let field, var size, var read):
      var index = 0
      while read < 8, index <= line.count {
        size |= UInt64(index < line.count ? line[index] : UInt8(ascii: "\n")) << UInt64(8 * read)
        read += 1
        index += 1
      }
      guard read == 8 else {
        open = .binary(field, size: size, read: read)
        return .other
      }
      return continueValue(line, from: index, field, left: size, omitted: omitted)
    case .endOfBinary:
      open = line.count == 0 ? .export : .none
      return line.count == 0 ? .other : nil
    }
  }

  /// Reads a part of a binary value. The line feed after the line is a byte of it, too, unless the value has ended before.
  private mutating func continueValue(
    _ line: borrowing Span<UInt8>, from start: Int, _ field: JournalEntry.Field?, left: UInt64, omitted: Int
  ) -> LogLine? {
    let rest = UInt64(line.count + omitted - min(start, line.count))
    // After the length itself ended with the line, its line feed is no byte of the value.
    guard start <= line.count else {
      open = left == 0 ? .endOfBinary : .binary(field, size: left, read: 8)
      return .other
    }
    if field == .message, entry.message.count < Self.maxEntry {
      entry.hasMessage = true
      entry.message.append(
        copying: line.extracting(start..<start + min(Int(clamping: left), line.count - start)))
      if left > rest { entry.message.append(UInt8(ascii: "\n")) }
    }
    if left == rest {
      open = .export
    } else if left > rest {
      open = left == rest + 1 ? .endOfBinary : .binary(field, size: left - rest - 1, read: 8)
    } else {
      open = .none
      return nil
    }
    return .other
  }

  /// Keeps the field of a line `FIELD=value`. A name alone begins a binary value. Returns false for any other line.
  @discardableResult
  private mutating func setField(_ line: borrowing Span<UInt8>, from start: Int) -> Bool {
    guard start < line.count, line[start] == UInt8(ascii: "_") || line[start] &- 0x41 < 26 else {
      return false
    }
    let end = line.firstIndex(of: UInt8(ascii: "="), in: start..<line.count) ?? line.count
    let field = JournalEntry.journalField(line.extracting(start..<end))
    if end < line.count {
      if let field { entry.set(field, line.extracting(end + 1..<line.count)) }
      return true
    }
    for index in start..<end
    where line[index] != UInt8(ascii: "_") && line[index] &- 0x41 >= 26 && line[index] &- 0x30 >= 10 {
      return false
    }
    if start == 0 { open = .binary(field, size: 0, read: 0) }
    return start == 0
  }

  private mutating func continueObject(_ line: borrowing Span<UInt8>) -> LogLine? {
    // Members are indented. Other lines are the end of the object, or no part of it.
    guard line.count > 0, line[0] == UInt8(ascii: "}") else {
      guard line.count > 0, line[0] == UInt8(ascii: "\t") || line[0] == UInt8(ascii: " "),
        entryText.count < Self.maxEntry
      else {
        open = .none
        entryText.removeAll(keepingCapacity: true)
        return nil
      }
      entryText.append(copying: line)
      return .other
    }
    open = .none
    let text = [UInt8(ascii: "{")] + entryText + [UInt8(ascii: "}")]
    entryText.removeAll(keepingCapacity: true)
    return readObject(text.span, depth: 1)
  }

  /// Closes the open entry, and returns its content.
  mutating func closeEntry() -> LogLine {
    defer { open = .none }
    guard open == .verbose || open == .export || open == .endOfBinary else { return .other }
    open = .none
    defer { entry.removeAll() }
    return readJournalEntry()
  }
}
