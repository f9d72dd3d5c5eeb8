/// Times in lines, as milliseconds since 1970.
enum LineTime {
  /// Reads a record's stamp, `1715847187.650:21196375`, or a time such as `2024-05-16T08:13:07.650Z`. Returns 0 for anything else.
  static func parse(_ text: borrowing Span<UInt8>) -> Int64 {
    var position = 0
    guard let number = decimal(text, &position) else { return 0 }
    guard position < text.count else { return 0 }
    if text[position] == UInt8(ascii: ".") {
      return number < 1 << 40 ? number * 1000 + milliseconds(text, &position) : 0
    }
    var parts: [Int64] = [number]
    for separator in ["-", "-", "T", ":", ":"] as [Unicode.Scalar] {
      guard position < text.count,
        text[position] == UInt8(ascii: separator)
          || separator == "T" && (text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "t"))
      else { return 0 }
      position += 1
      guard let part = decimal(text, &position), part < 100 else { return 0 }
      parts.append(part)
    }
    guard (1970...9999).contains(parts[0]), (1...12).contains(parts[1]) else { return 0 }
    let fraction =
      position < text.count && text[position] == UInt8(ascii: ".") ? milliseconds(text, &position) : 0
    let second = days(parts[0], parts[1], parts[2]) * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
    // A day 0 may be before 1970.
    return max(0, second * 1000 + fraction)
  }

  /// The days since 1970 of a date in the Gregorian calendar.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    // Years that begin in March put the leap day last.
    let year = month <= 2 ? year - 1 : year
    let monthFromMarch = (month + 9) % 12
    return year * 365 + year / 4 - year / 100 + year / 400 + (153 * monthFromMarch + 2) / 5 + day - 1
      - 719_468
  }

  private static func milliseconds(_ text: borrowing Span<UInt8>, _ position: inout Int) -> Int64 {
    position += 1
    var value: Int64 = 0
    for _ in 0..<3 {
      value *= 10
      if position < text.count, text[position] &- 0x30 < 10 {
        value += Int64(text[position] - 0x30)
        position += 1
      }
    }
    return value
  }

  /// Reads a decimal number of at most 18 digits.
  static func decimal(_ text: borrowing Span<UInt8>, _ position: inout Int) -> Int64? {
    let start = position
    var value: Int64 = 0
    while position < text.count, position - start < 18, text[position] &- 0x30 < 10 {
      value = value * 10 + Int64(text[position] - 0x30)
      position += 1
    }
    return position > start ? value : nil
  }

  /// Reads a whole text as a number, which may be negative.
  static func number(_ text: borrowing Span<UInt8>) -> Int64? {
    let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
    var position = isNegative ? 1 : 0
    guard let value = decimal(text, &position), position == text.count else { return nil }
    return isNegative ? -value : value
  }
}
