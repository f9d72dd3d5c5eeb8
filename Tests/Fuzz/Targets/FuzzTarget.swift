/// A parser of untrusted bytes. Its seeds are in the folder of its name in Tests/Fuzz/Corpus.
package enum FuzzTarget: String, CaseIterable, Sendable {
  case record, datagram, cgroup, snapshot, configuration, store, response, conversation, line, json, profile,
    filter, recording

  /// Runs the parser with an input. It traps where the parser or its result is wrong.
  package func test(_ input: borrowing Span<UInt8>) {
    switch self {
    case .record: RecordTarget.test(input)
    case .datagram: DatagramTarget.test(input)
    case .cgroup: CgroupTarget.test(input)
    case .snapshot: SnapshotTarget.test(input)
    case .configuration: ConfigurationTarget.test(input)
    case .store: StoreTarget.test(input)
    case .response: ResponseTarget.test(input)
    case .conversation: ConversationTarget.test(input)
    case .line: LineTarget.test(input)
    case .json: JSONTarget.test(input)
    case .profile: ProfileTarget.test(input)
    case .filter: FilterTarget.test(input)
    case .recording: RecordingTarget.test(input)
    }
  }
}

extension Span<UInt8> {
  /// The bytes as text.
  var text: String { String(decoding: indices.map { self[$0] }, as: UTF8.self) }
}
