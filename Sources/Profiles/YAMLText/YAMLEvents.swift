internal import Clibyaml
internal import JSONText

/// A part of a YAML stream.
enum YAMLEvent {
  case beginDocument
  case endDocument
  case beginSequence
  case endSequence
  case beginMapping
  case endMapping
  /// A text; `isPlain` if it stands without quotes, so that it may also be a number or a word.
  case scalar(String, isPlain: Bool)
  case endStream
}

/// Reads YAML event after event. It refuses aliases, with which a short text can stand for an endless one, and tags.
@safe
struct YAMLEvents: ~Copyable {
  /// At a fixed address, because it has pointers to itself.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// The line of the last event, from 1.
  private(set) var line = 1

  /// Begins to read `text`, which has to live as long as this value.
  init(_ text: UnsafeBufferPointer<UInt8>) {
    unsafe parser = .allocate(capacity: 1)
    // It fails only without memory, as each allocation in Swift does.
    precondition(unsafe yaml_parser_initialize(parser) == 1)
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
  }

  mutating func next() throws(InvalidDocument) -> YAMLEvent {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { unsafe yaml_event_delete(&event) }
    line = unsafe Int(event.start_mark.line) + 1
    let data = unsafe event.data
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT: return .beginDocument
    case YAML_DOCUMENT_END_EVENT: return .endDocument
    case YAML_SEQUENCE_START_EVENT:
      try refuseNames(
        anchor: unsafe data.sequence_start.anchor != nil, tag: unsafe data.sequence_start.tag != nil)
      return .beginSequence
    case YAML_SEQUENCE_END_EVENT: return .endSequence
    case YAML_MAPPING_START_EVENT:
      try refuseNames(
        anchor: unsafe data.mapping_start.anchor != nil, tag: unsafe data.mapping_start.tag != nil)
      return .beginMapping
    case YAML_MAPPING_END_EVENT: return .endMapping
    case YAML_SCALAR_EVENT:
      let scalar = unsafe data.scalar
      try refuseNames(anchor: unsafe scalar.anchor != nil, tag: unsafe scalar.tag != nil)
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return unsafe .scalar(
        String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    case YAML_ALIAS_EVENT: throw InvalidDocument(line: line, reason: "aliases ('*name') are not read")
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return .endStream
    default: return try next()
    }
  }

  private func refuseNames(anchor: Bool, tag: Bool) throws(InvalidDocument) {
    guard !anchor else { throw InvalidDocument(line: line, reason: "anchors ('&name') are not read") }
    guard !tag else { throw InvalidDocument(line: line, reason: "tags ('!name') are not read") }
  }

  private func failure() -> InvalidDocument {
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
    // Of bytes that are no text, only the place where the reader is is known.
    let isReader = unsafe parser.pointee.error == YAML_READER_ERROR
    let mark = unsafe isReader ? parser.pointee.mark : parser.pointee.problem_mark
    return InvalidDocument(line: Int(mark.line) + 1, reason: problem)
  }
}
