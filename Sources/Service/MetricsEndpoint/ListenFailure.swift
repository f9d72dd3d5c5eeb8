internal import Glibc
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import SystemPackage

extension MetricsListenFailure {
  /// Describes NIO's errors like all others: what failed, with what, why, and what to do.
  init(_ error: any Error, at address: MetricsAddress) {
    let (reason, remedy): (String, String) =
      switch error {
      case let error as IOError: Self.explained(Errno(rawValue: error.errnoCode), address)
      case is SocketAddressError.UnknownHost: ("there is no such host", "")
      case is UnixDomainSocketPathWrongType: ("the file is not a socket", "remove it, or ")
      default: ("\(error)", "")
      }
    self.init(
      (error as? IOError)?.errnoCode == EADDRINUSE ? .addressInUse : .other,
      "cannot listen for metrics at \(address): \(reason) (\(remedy)set another --metrics-listen, or none)")
  }

  private static func explained(_ errno: Errno, _ address: MetricsAddress) -> (String, String) {
    let remedy =
      switch (errno, address) {
      case (.addressInUse, .host): "stop what listens there, see 'ss -lntp', or "
      case (.addressInUse, .unix): "stop what listens there, see 'ss -lxp', or "
      case (.permissionDenied, .host): "ports below 1024 need CAP_NET_BIND_SERVICE: grant it, or "
      case (.permissionDenied, .unix): "let this user write to the directory, or "
      case (.noSuchFileOrDirectory, _), (.notDirectory, _): "create the directory, or "
      default: ""
      }
    return (String(describing: errno).lowercased(), remedy)
  }
}
