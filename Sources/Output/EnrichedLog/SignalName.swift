/// Signal names by their Linux numbers on x86 and ARM.
// See: man 7 signal
enum SignalName {
  private static let names: [StaticString] = [
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL",
    "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
    "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
    "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
  ]

  /// Appends a signal's name, or its number if it has none.
  static func append(_ signal: Int32, to buffer: inout LineBuffer) {
    if signal >= 1, Int(signal) <= names.count {
      buffer.append(names[Int(signal) - 1])
    } else {
      buffer.append(decimal: Int64(signal))
    }
  }
}
