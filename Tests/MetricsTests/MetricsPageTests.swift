import Metrics
import Testing

@Suite struct MetricsPageTests {
  @Test("A page contains the values that were written")
  func page() {
    var text = PrometheusText()
    text.begin("losses_total", .counter, "audit_enricher_losses_total 7")
    text.sample(3, ["place": "socket"])
    text.sample(UInt64.max, ["place": "kernel"])
    text.begin("records_total", .counter, "x")
    text.sample(5, ["type": "seccomp", "attribution": "no-cri"])
    text.add("responding", .gauge, "x", 1)
    let page = MetricsPage(text.text)
    #expect(page.samples(of: "losses_total").map(\.label) == ["socket", "kernel"])
    #expect(page.samples(of: "losses_total").map(\.value) == [3, .max])
    #expect(page.samples(of: "records_total").map(\.label) == ["no-cri"])
    #expect(page.value(of: "responding") == 1)
    #expect(page.value(of: "losses") == nil)
  }

  @Test(
    "Text that is not a page, or has invalid numbers, yields no values",
    arguments: [
      "", "<html>", "audit_enricher_a", "audit_enricher_a ", "audit_enricher_a x",
      "audit_enricher_a{b=\"c\"} -1",
      "audit_enricher_a{} 1", "audit_enricher_ab 1", "audit_enricher_a{=} 18446744073709551616",
    ])
  func foreign(text: String) {
    #expect(MetricsPage(text).value(of: "a") == nil)
  }
}
