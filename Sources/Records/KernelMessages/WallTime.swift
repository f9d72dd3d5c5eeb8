internal import AuditRecord

/// The time that a log daemon, journalctl or dmesg wrote before a message.
///
///     2024-05-16T08:13:07.650000+00:00    May 16 08:13:07    Thu 2024-05-16 08:13:07 UTC    Thu May 16 08:13:07 2024    1715847187.650000
package struct WallTime: Equatable {
  /// 0 if the time does not say it.
  package internal(set) var year = 0
  /// 1 to 12; 0 if the month's name is in no language that is known.
  var month = 0
  var day = 0
  var hour = 0
  /// Seconds within the hour.
  var second = 0
  var milliseconds = 0
  /// Seconds east of UTC; nil for the local time zone.
  var offset: Int?
  /// Seconds since 1970, if the time is in this form.
  var epoch: Int64?
  /// Whether the time ends in `Z`. Log daemons and journalctl write an offset instead.
  var isZulu = false
  /// The name of the time zone, its bytes packed into a number; 0 if there is none, or `offset` states the zone.
  var zone: UInt64 = 0
  /// Whether a comma is before the fraction, as only dmesg writes it.
  var isOfDmesg = false

  /// Reads a time at `position` and advances past it.
  package init?(_ line: borrowing Span<UInt8>, at position: inout Int) {
    var cursor = position
    guard cursor < line.count else { return nil }
    if line[cursor] &- 0x30 < 10 {
      guard readFromDigits(line, &cursor) else { return nil }
    } else {
      guard readFromName(line, &cursor) else { return nil }
    }
    position = cursor
  }

  private mutating func readFromDigits(_ line: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
    guard let number = line.decimal(at: &cursor, digits: 4...12), cursor < line.count else { return false }
    switch line[cursor] {
    case UInt8(ascii: "-") where number < 10_000:
      year = Int(number)
      return readDate(line, &cursor)
    case UInt8(ascii: " ") where number < 10_000:
      year = Int(number)
      cursor += 1
      return readFromName(line, &cursor)
    case UInt8(ascii: ".") where number > 99_999_999:
      epoch = Int64(number)
      readFraction(line, &cursor)
      return cursor < line.count && line[cursor] == UInt8(ascii: " ")
    default: return false
    }
  }

  /// Reads `-05-16T08:13:07.650000+00:00`.
  private mutating func readDate(_ line: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
    guard line.skip(UInt8(ascii: "-"), at: &cursor), let month = line.decimal(at: &cursor, digits: 2...2),
      line.skip(UInt8(ascii: "-"), at: &cursor), let day = line.decimal(at: &cursor, digits: 2...2),
      line.skip(UInt8(ascii: "T"), at: &cursor) || line.skip(UInt8(ascii: " "), at: &cursor),
      readClock(line, &cursor)
    else { return false }
    (self.month, self.day) = (Int(month), Int(day))
    return readZone(line, &cursor)
  }

  private mutating func readZone(_ line: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
    guard cursor < line.count else { return true }
    let sign = line[cursor]
    if sign == UInt8(ascii: "Z") {
      cursor += 1
      offset = 0
      isZulu = true
    } else if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      cursor += 1
      guard let hours = line.decimal(at: &cursor, digits: 2...4) else { return false }
      var minutes = hours > 99 ? hours / 100 * 60 + hours % 100 : hours * 60
      if line.skip(UInt8(ascii: ":"), at: &cursor) {
        guard let more = line.decimal(at: &cursor, digits: 2...2) else { return false }
        minutes += more
      }
      offset = (sign == UInt8(ascii: "-") ? -60 : 60) * Int(minutes)
    }
    return true
  }

  /// Reads `May 16 08:13:07`, or `Thu ` before it or before a date.
  private mutating func readFromName(_ line: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
    guard var name = Self.name(line, &cursor) else { return false }
    let next = cursor < line.count ? line[cursor] : 0
    var hasDay = false
    if line.decimalCount(at: cursor) == 4, cursor + 4 < line.count, line[cursor + 4] == UInt8(ascii: "-") {
      guard let number = line.decimal(at: &cursor, digits: 4...4) else { return false }
      year = Int(number)
      guard readDate(line, &cursor) else { return false }
      readZoneName(line, &cursor)
      return true
    }
    if next &- 0x30 >= 10 {
      // A day of the week is before the month.
      guard let second = Self.name(line, &cursor) else { return false }
      name = second
      hasDay = true
    }
    month = Self.month(line, name)
    guard let day = line.decimal(at: &cursor, digits: 1...2), line.skip(UInt8(ascii: " "), at: &cursor) else {
      return false
    }
    self.day = Int(day)
    if line.decimalCount(at: cursor) == 4, let number = line.decimal(at: &cursor, digits: 4...4) {
      year = Int(number)
      guard line.skip(UInt8(ascii: " "), at: &cursor) else { return false }
    }
    guard readClock(line, &cursor) else { return false }
    if hasDay, line.decimalCount(at: cursor + 1) == 4, line.skip(UInt8(ascii: " "), at: &cursor),
      let number = line.decimal(at: &cursor, digits: 4...4)
    {
      year = Int(number)
    }
    return true
  }

  /// Reads the name of a time zone, ` UTC`, or its number, ` +0545` or ` -03`. Other names than UTC's are not unique.
  private mutating func readZoneName(_ line: borrowing Span<UInt8>, _ cursor: inout Int) {
    guard line.hasLiteral(" ", at: cursor), cursor + 1 < line.count else { return }
    let start = cursor + 1
    if line[start] == UInt8(ascii: "+") || line[start] == UInt8(ascii: "-") {
      var end = start
      if readZone(line, &end), end < line.count, line[end] == UInt8(ascii: " ") { cursor = end }
      return
    }
    var end = start
    while end < line.count, line[end] &- 0x41 < 26, end - start < 7 {
      zone = zone << 8 | UInt64(line[end])
      end += 1
    }
    guard end - start > 1, end < line.count, line[end] == UInt8(ascii: " ") else {
      zone = 0
      return
    }
    if line.hasLiteral("UTC ", at: start) || line.hasLiteral("GMT ", at: start) { (offset, zone) = (0, 0) }
    cursor = end
  }

  /// Reads `08:13:07` and a fraction.
  private mutating func readClock(_ line: borrowing Span<UInt8>, _ cursor: inout Int) -> Bool {
    guard let hour = line.decimal(at: &cursor, digits: 2...2), line.skip(UInt8(ascii: ":"), at: &cursor),
      let minute = line.decimal(at: &cursor, digits: 2...2), line.skip(UInt8(ascii: ":"), at: &cursor),
      let second = line.decimal(at: &cursor, digits: 2...2)
    else { return false }
    self.hour = Int(hour)
    self.second = Int(minute * 60 + second)
    readFraction(line, &cursor)
    return true
  }

  private mutating func readFraction(_ line: borrowing Span<UInt8>, _ cursor: inout Int) {
    guard cursor + 1 < line.count, line[cursor + 1] &- 0x30 < 10 else { return }
    isOfDmesg = line[cursor] == UInt8(ascii: ",")
    guard isOfDmesg || line[cursor] == UInt8(ascii: ".") else { return }
    cursor += 1
    var scale = 100
    while cursor < line.count, line[cursor] &- 0x30 < 10 {
      milliseconds += Int(line[cursor] - 0x30) * scale
      scale /= 10
      cursor += 1
    }
  }

  /// Reads a word without digits and the spaces after it.
  private static func name(_ line: borrowing Span<UInt8>, _ cursor: inout Int) -> Range<Int>? {
    let start = cursor
    var end = start
    while end < line.count,
      line[end] | 0x20 &- 0x61 < 26 || line[end] > 0x7f || line[end] == UInt8(ascii: ".")
    {
      end += 1
    }
    guard end - start >= 3, end - start <= 8, end < line.count, line[end] == UInt8(ascii: " ") else {
      return nil
    }
    cursor = end
    while cursor < line.count, line[cursor] == UInt8(ascii: " ") { cursor += 1 }
    return start..<end
  }

  /// journalctl writes a month in the language of its user. Each name is identified by its first three bytes.
  private static let months: [(String, Int)] = [
    ("jan", 1), ("ene", 1), ("gen", 1), ("feb", 2), ("f\u{e9}", 2), ("mar", 3), ("m\u{e4}", 3), ("mrz", 3),
    ("mrt", 3), ("apr", 4), ("avr", 4), ("abr", 4), ("may", 5), ("mai", 5), ("maj", 5), ("mei", 5),
    ("mag", 5), ("jun", 6), ("giu", 6), ("jul", 7), ("lug", 7), ("aug", 8), ("ago", 8), ("ao\u{fb}", 8),
    ("sep", 9), ("set", 9), ("oct", 10), ("okt", 10), ("ott", 10), ("out", 10), ("nov", 11), ("dec", 12),
    ("dez", 12), ("dic", 12), ("d\u{e9}", 12),
  ]
  private static let monthsByBytes: [UInt32: Int] = Dictionary(
    months.map { name, month in
      (name.utf8.prefix(3).reduce(0) { $0 << 8 | UInt32($1) }, month)
    }, uniquingKeysWith: { first, _ in first })

  private static func month(_ line: borrowing Span<UInt8>, _ name: Range<Int>) -> Int {
    let start = name.lowerBound
    var key: UInt32 = 0
    for index in start..<start + 3 {
      let byte = line[index]
      key = key << 8 | UInt32(byte < 0x80 ? byte | 0x20 : byte)
    }
    if key == 0x6a_7569, start + 3 < name.upperBound { return line[start + 3] == UInt8(ascii: "n") ? 6 : 7 }
    return monthsByBytes[key] ?? 0
  }
}

extension Span<UInt8> {
  /// The number of decimal digits from `position` on.
  func decimalCount(at position: Int) -> Int {
    var end = position
    while end < count, self[end] &- 0x30 < 10 { end += 1 }
    return end - position
  }
}
