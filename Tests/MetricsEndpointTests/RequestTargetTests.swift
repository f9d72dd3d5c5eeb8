import MetricsEndpoint
import Testing

@Suite struct RequestTargetTests {
  @Test(
    "The path is the same in both forms, without its query",
    arguments: [
      ("/metrics", "/metrics"), ("/metrics?a=/b", "/metrics"), ("http://node:9643/metrics", "/metrics"),
      ("HTTP://[::1]:9643/healthz?a", "/healthz"), ("http://node", ""), ("http://node?/metrics", ""),
      ("http:///metrics", "/metrics"), ("https://node/metrics", "https://node/metrics"),
      ("/http://node/metrics", "/http://node/metrics"), ("*", "*"), ("", ""),
    ])
  func path(uri: String, path: String) {
    #expect(RequestTarget(uri).path == path)
  }
}
