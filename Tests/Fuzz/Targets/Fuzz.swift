import CFuzzer

/// Runs one parser of foreign bytes with libFuzzer's inputs: `fuzz TARGET [libFuzzer's arguments]`.
///
/// A violated precondition traps, and libFuzzer then keeps the input that caused it.
@main
struct Fuzz {
  static func main() {
    var arguments = unsafe CommandLine.unsafeArgv
    var count = CommandLine.argc
    let test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    switch CommandLine.arguments.dropFirst().first {
    case "record": unsafe test = { unsafe Fuzz.lend($0, $1) { RecordTarget.test($0) } }
    case "datagram": unsafe test = { unsafe Fuzz.lend($0, $1) { DatagramTarget.test($0) } }
    case "cgroup": unsafe test = { unsafe Fuzz.lend($0, $1) { CgroupTarget.test($0) } }
    case "snapshot": unsafe test = { unsafe Fuzz.lend($0, $1) { SnapshotTarget.test($0) } }
    case "configuration": unsafe test = { unsafe Fuzz.lend($0, $1) { ConfigurationTarget.test($0) } }
    case "store": unsafe test = { unsafe Fuzz.lend($0, $1) { StoreTarget.test($0) } }
    case "response": unsafe test = { unsafe Fuzz.lend($0, $1) { ResponseTarget.test($0) } }
    case "conversation": unsafe test = { unsafe Fuzz.lend($0, $1) { ConversationTarget.test($0) } }
    default:
      print(
        "fuzz record|datagram|cgroup|snapshot|configuration|store|response|conversation [libFuzzer's arguments]"
      )
      return
    }
    // The first argument names the target. For libFuzzer it replaces the program's name.
    unsafe arguments += 1
    count -= 1
    // This returns only after all inputs were tried.
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe arguments
    _ = unsafe LLVMFuzzerRunDriver(&count, &list, test)
  }

  private static func lend(
    _ bytes: UnsafePointer<UInt8>?, _ count: Int, to body: (borrowing Span<UInt8>) -> Void
  ) -> Int32 {
    // libFuzzer's bytes outlive the call.
    body(unsafe UnsafeBufferPointer(start: bytes, count: count).span)
    return 0
  }
}

extension Span<UInt8> {
  /// The bytes as text.
  var text: String { String(decoding: indices.map { self[$0] }, as: UTF8.self) }
}
