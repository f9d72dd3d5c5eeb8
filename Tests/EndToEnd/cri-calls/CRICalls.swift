import CRIService
import GRPCCore
import GRPCUnixSocket

/// Makes many calls to a container runtime on one connection: `cri-calls SOCKET IN_A_ROW AT_ONCE`. Prints the errors and their number.
@main
struct CRICalls {
  private typealias Service = Runtime_V1_RuntimeService.Client<UnixSocketTransport>

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let row = Int(arguments[2]), let atOnce = Int(arguments[3]) else {
      fatalError("cri-calls SOCKET IN_A_ROW AT_ONCE")
    }
    let errors = try await withGRPCClient(transport: UnixSocketTransport(path: arguments[1])) { client in
      let service = Service(wrapping: client)
      var errors: [String] = []
      for number in 0..<row {
        if let error = await call(service, number) { errors.append(error) }
      }
      await withTaskGroup(of: String?.self) { group in
        for number in 0..<atOnce { group.addTask { await call(service, number) } }
        for await case let error? in group { errors.append(error) }
      }
      return errors
    }
    print("\(errors.count) of \(row + atOnce) calls failed")
    for error in Set(errors).sorted() { print(error) }
  }

  /// Makes one of the calls that the service makes, and returns the error if it fails.
  private static func call(_ service: Service, _ number: Int) async -> String? {
    var options = CallOptions.defaults
    options.timeout = .seconds(30)
    do {
      switch number % 3 {
      case 0: _ = try await service.version(.init(), options: options)
      case 1: _ = try await service.listContainers(.init(), options: options)
      default: _ = try await service.listPodSandbox(.init(), options: options)
      }
      return nil
    } catch {
      return "\(error)"
    }
  }
}
