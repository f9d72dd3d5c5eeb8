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
    "Any other text is not an endpoint",
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
}
