import GRPCCore
import GRPCUnixSocket
import Testing

/// Performs calls whose messages are bytes.
enum Client {
  struct Bytes: MessageSerializer, MessageDeserializer {
    func serialize<Out: GRPCContiguousBytes>(_ message: [UInt8]) -> Out { Out(message) }
    func deserialize<In: GRPCContiguousBytes>(_ bytes: In) -> [UInt8] {
      unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
  }

  /// Performs one call on its own connection.
  static func call(
    _ server: TestServer, _ message: [UInt8] = [], within timeout: Duration = .seconds(30)
  ) async -> Result<[UInt8], RPCError> {
    do {
      return try await withGRPCClient(transport: UnixSocketTransport(path: server.path)) {
        await call($0, message, within: timeout)
      }
    } catch {
      Issue.record("the client failed: \(error)")
      return .success([])
    }
  }

  /// Performs one call of an existing client.
  static func call(
    _ client: GRPCClient<UnixSocketTransport>, _ message: [UInt8] = [],
    within timeout: Duration = .seconds(30)
  ) async -> Result<[UInt8], RPCError> {
    var options = CallOptions.defaults
    options.timeout = timeout
    do {
      return .success(
        try await client.unary(
          request: ClientRequest(message: message),
          descriptor: MethodDescriptor(fullyQualifiedService: "test.Echo", method: "Say", type: .unary),
          serializer: Bytes(), deserializer: Bytes(), options: options
        ) { try $0.message })
    } catch let error as RPCError {
      return .failure(error)
    } catch {
      Issue.record("an error of another kind: \(error)")
      return .success([])
    }
  }
}

extension Result<[UInt8], RPCError> {
  var error: RPCError? { if case .failure(let error) = self { error } else { nil } }
  var message: [UInt8]? { try? get() }
}
