import Glibc

/// This process's environment variables.
enum ProcessEnvironment {
  static func read() -> [String: String] {
    var variables: [String: String] = [:]
    // The list ends with a null. Nothing changes it while the program starts.
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let parts = unsafe String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      unsafe entry += 1
    }
    return variables
  }
}
