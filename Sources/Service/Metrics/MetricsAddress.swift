internal import LinuxSystem

/// An address at which metrics are served: `HOST:PORT`, `[HOST]:PORT` or `unix:PATH`.
package enum MetricsAddress: Equatable, Sendable, CustomStringConvertible {
  case host(String, port: Int)
  case unix(path: String)

  /// Returns nil for any other text.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      // The path in sun_path has at most 107 bytes, and a NUL.
      guard path.hasPrefix("/"), path.utf8.count < 108, !path.utf8.contains(0) else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(digits: text[text.index(after: colon)...])
    else {
      return nil
    }
    var host = text[..<colon]
    if host.first == "[", host.last == "]" {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { return nil }
    self = .host(String(host), port: Int(port))
  }

  /// Whether only this machine can reach the address. A host name could resolve to any address, so `localhost` is the only one accepted.
  package var isLocal: Bool {
    switch self {
    case .unix: true
    case .host(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
  }

  package var description: String {
    switch self {
    case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
