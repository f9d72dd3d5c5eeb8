import CFuzzer
import FuzzTargets

/// Runs one parser of untrusted bytes with libFuzzer's inputs: `fuzz TARGET [libFuzzer's arguments]`.
///
/// A violated precondition traps, and libFuzzer then keeps the input that caused it.
@main
struct Fuzz {
  private static let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.init(rawValue:))

  static func main() {
    guard target != nil else {
      print("fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [libFuzzer's arguments]")
      return
    }
    // The first argument names the target. For libFuzzer it replaces the program's name.
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
    var count = CommandLine.argc - 1
    // This returns only after all inputs were tried.
    _ = unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
      // libFuzzer's bytes outlive the call.
      Fuzz.target?.test(unsafe UnsafeBufferPointer(start: bytes, count: count).span)
      return 0
    }
  }
}
