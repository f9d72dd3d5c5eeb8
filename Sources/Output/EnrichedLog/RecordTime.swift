internal import AuditRecord

/// A record's time in the form of RFC 3339: `2024-05-16T08:13:07.650Z`.
struct RecordTime: Sendable {
  private var second: Int64 = .min
  private var date: [UInt8] = []

  /// Appends the date and time up to the second.
  mutating func append(second: Int64, to buffer: inout LineBuffer) {
    if second != self.second {
      self.second = second
      date = Self.render(second)
    }
    buffer.append(date)
  }

  mutating func append(_ stamp: AuditStamp, to buffer: inout LineBuffer) {
    append(second: stamp.seconds, to: &buffer)
    buffer.append(UInt8(ascii: "."))
    buffer.append(decimal: Int64(stamp.milliseconds), digits: 3)
    buffer.append(UInt8(ascii: "Z"))
  }

  private static func render(_ seconds: Int64) -> [UInt8] {
    let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
    // Years that begin in March put the leap day last. An era is 400 years.
    let fromMarch = days + 719_468
    let era = fromMarch / 146_097
    let day = fromMarch % 146_097
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * dayOfYear + 2) / 153
    var buffer = LineBuffer()
    buffer.append(decimal: year + era * 400 + (month >= 10 ? 1 : 0), digits: 4)
    buffer.append(UInt8(ascii: "-"))
    buffer.append(decimal: month < 10 ? month + 3 : month - 9, digits: 2)
    buffer.append(UInt8(ascii: "-"))
    buffer.append(decimal: dayOfYear - (153 * month + 2) / 5 + 1, digits: 2)
    buffer.append(UInt8(ascii: "T"))
    buffer.append(decimal: rest / 3600, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: rest / 60 % 60, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(decimal: rest % 60, digits: 2)
    return Array(copying: buffer)
  }
}
