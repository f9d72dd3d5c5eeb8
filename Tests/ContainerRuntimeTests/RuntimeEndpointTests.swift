import ContainerRuntime
import Testing

@Suite struct RuntimeEndpointTests {
  @Test(
    "An absolute unix URL is an endpoint",
    arguments: ["unix:///run/containerd/containerd.sock", "unix:///a", "unix:///with space"])
  func valid(url: String) throws {
    let endpoint = try #require(RuntimeEndpoint(url: url))
    #expect("unix://\(endpoint.path)" == url)
    #expect(endpoint.description == url)
  }

  @Test(
    "Anything else is none",
    arguments: [
      "", "/run/containerd/containerd.sock", "unix:", "unix://", "unix:///", "unix://run/a.sock",
      "tcp://localhost:1", "http:///run/a", "UNIX:///run/a", "unix:///a\0b", " unix:///a",
    ])
  func invalid(url: String) { #expect(RuntimeEndpoint(url: url) == nil) }

  @Test("A path must fit into a socket's address")
  func longest() {
    #expect(RuntimeEndpoint(url: "unix:///" + String(repeating: "a", count: 106)) != nil)
    #expect(RuntimeEndpoint(url: "unix:///" + String(repeating: "a", count: 107)) == nil)
  }

  @Test("The error for a socket that is not there says where it was looked for")
  func missingSocket() async throws {
    let client = CRIClient(endpoint: RuntimeEndpoint(path: "/nonexistent/cri.sock"))
    let error = await #expect(throws: CRIError.self) { _ = try await client.version() }
    #expect(error?.kind == .missing)
    #expect(error?.description.contains("unix:///nonexistent/cri.sock") == true)
  }

  @Test("A path that is no socket is told from one where nobody answers")
  func noSocket() async throws {
    let client = CRIClient(endpoint: RuntimeEndpoint(path: "/dev/null"))
    let error = await #expect(throws: CRIError.self) { _ = try await client.containers() }
    #expect(error?.kind == .notSocket)
  }
}
