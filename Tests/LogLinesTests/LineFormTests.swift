import AuditRecord
import LogLines
import RecordSamples
import TestSupport
import Testing

/// Tests that what the table of forms says is so.
@Suite struct LineFormTests {
  private static let fields =
    "4294967295 uid=0 gid=0 ses=4294967295 pid=4709 comm=\"sh\" exe=\"/bin/busybox\" sig=0 arch=c000003e syscall=13 compat=0 "
    + "ip=0x7f3c012e467b code=0x7ffc0000"
  /// In the evening of 24 May 2024.
  private static let now: Int64 = 1_716_580_000

  /// The lines of a form's example, with all fields of the record.
  private static func lines(_ form: LineForm) -> [String] {
    form.example.map { line in
      let isJSON = line.hasPrefix("{") || line.hasPrefix("\t")
      return line.replacing("…", with: isJSON ? fields.replacing("\"", with: "\\\"") : fields)
    }
  }

  /// The contents of the lines of a log, the records as texts with their nodes.
  static func contents(_ lines: [String], trust: OriginTrust = .kernel, types: [RecordType] = [.seccomp])
    -> [Content]
  {
    var reader = LogLineReader(types: types, trust: trust, now: now)
    func content(_ line: LogLine, _ bytes: [UInt8]) -> Content? {
      func text(_ range: Range<Int>, _ bytes: [UInt8]) -> String {
        String(decoding: bytes[range], as: UTF8.self)
      }
      switch line {
      case .record(let type, let record, let node):
        return .record(type, text(record, bytes), node: node.map { text($0, bytes) })
      case .copied(let type, let record, let node):
        return .record(type, text(record, reader.copy), node: node.map { text($0, reader.copy) })
      case .unread(let reason): return .unread(reason)
      case .other: return nil
      }
    }
    var found: [Content] = []
    for line in lines {
      let bytes = Array(line.utf8)
      if let content = content(reader.read(bytes.span), bytes) { found.append(content) }
    }
    if let content = content(reader.end(), []) { found.append(content) }
    return found
  }

  enum Content: Equatable {
    case record(UInt16, String, node: String?)
    case unread(UnreadLine)

    var isRecord: Bool { if case .record = self { true } else { false } }

    func values() throws -> RecordValues? {
      guard case .record(_, let text, _) = self else { return nil }
      return try RecordValues(text)
    }
  }

  @Test(
    "Each form is read, or is counted for the reason that the table states", arguments: LineForm.all.indices)
  func example(index: Int) throws {
    let form = LineForm.all[index]
    let lines = Self.lines(form)
    let found = Self.contents(lines)
    let trusted = Self.contents(lines, trust: .any)
    #expect(found.count == 1 && trusted.count == 1, "\(form.name): \(found) \(trusted)")
    let expected = try RecordValues("audit(1715847187.650:21196375): auid=" + Self.fields)
    func check(_ content: Content?) throws {
      var values = try #require(try content?.values(), "\(form.name)")
      // journald's lines for people have no serial number, and the local time.
      if values.stamp.serial == 0 { values.stamp = expected.stamp }
      #expect(values == expected, "\(form.name)")
    }
    switch form.origin {
    case .kernel:
      try check(found.first)
    case .program:
      #expect(found.first == .unread(.program) || found.first == .unread(.containerLog), "\(form.name)")
      try check(trusted.first)
    case .none:
      if case .unread = found.first {} else { Issue.record("\(form.name) is read") }
    }
  }

  @Test("The documents list the forms of the table, with an example each")
  func documents() throws {
    let page = try DocumentPage("LogForms")
    for origin in [LineForm.Origin.kernel, .program, .none] {
      let list = LineForm.all.filter { $0.origin == origin }.map { form in
        let lines = form.example.map { line in
          let short = line.replacing("audit(1715847187.650:21196375): auid=…", with: "audit(…): …")
            .replacing("\u{1b}", with: "\\e").replacing("\u{feff}", with: "").replacing("\r", with: "")
            .replacing("\t", with: "  ")
          return line.isEmpty ? "" : "      \(short)"
        }
        return "- \(form.name):\n\n" + lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
      }.joined(separator: "\n")
      #expect(page.text.contains(list), "put this on the page:\n\(list)")
    }
  }
}
