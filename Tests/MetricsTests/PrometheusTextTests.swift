import Metrics
import Testing

@Suite struct PrometheusTextTests {
  @Test("A metric is written with its help, its kind and its samples")
  func text() {
    var text = PrometheusText()
    text.begin("a_total", .counter, "What it is.")
    text.sample(1, ["x": "1", "y": ""])
    text.sample(2)
    #expect(
      text.text == """
        # HELP audit_enricher_a_total What it is.
        # TYPE audit_enricher_a_total counter
        audit_enricher_a_total{x="1",y=""} 1
        audit_enricher_a_total 2

        """)
  }

  @Test("Whatever a label contains, it ends neither itself nor its line")
  func hostileLabels() {
    var text = PrometheusText()
    text.begin("a", .gauge, "x")
    text.sample(1, ["pod": "\"} 7\nforged 8\r\n\\", "name": "é\u{0}"])
    let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4)
    #expect(text.text.hasSuffix("{pod=\"\\\"} 7\\nforged 8\r\\n\\\\\",name=\"é\u{0}\"} 1\n"))
  }

  @Test(
    "An address is a host and a port, or a socket's path",
    arguments: [
      ("127.0.0.1:9643", .host("127.0.0.1", port: 9643)), ("localhost:0", .host("localhost", port: 0)),
      ("[::1]:80", .host("::1", port: 80)), ("unix:/run/a.sock", .unix(path: "/run/a.sock")),
      (":80", nil), ("::1:80", nil), ("a", nil), ("a:65536", nil), ("a:-1", nil), ("a b:1", nil),
      ("unix:a", nil),
      ("http://a:80", nil), ("", nil), ("unix:", nil), ("a:", nil),
    ] as [(String, MetricsAddress?)])
  func addresses(text: String, wanted: MetricsAddress?) {
    #expect(MetricsAddress(text) == wanted)
    if let wanted { #expect("\(wanted)" == text) }
  }

  @Test("Only loopback addresses and unix sockets are local")
  func local() {
    for text in ["127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/a"] {
      #expect(MetricsAddress(text)?.isLocal == true)
    }
    for text in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "node:1"] {
      #expect(MetricsAddress(text)?.isLocal == false)
    }
  }
}
