import AuditRecord
import EnrichedLog
import Testing

@Suite struct JSONLineTests {
  private let rendering = Rendering(style: .json, owner: RecordFormatTests.redis)

  @Test("A JSON line has the keys and values of the text line, and those that only JSON has")
  func values() throws {
    let values = try rendering.json(payload(subject: " subj==unconfined"))
    #expect(
      values == [
        "time": "2024-05-16T08:13:07.650Z", "logger": "log-enricher",
        "timestamp": "1715847187.650:21196375", "type": "seccomp", "node": "worker-1",
        "namespace": "scp-ns", "pod": "scp-test-pod", "container": "redis",
        "executable": "/usr/local/bin/redis-server", "pid": 3_723_190, "syscallID": 39,
        "syscallName": "getpid", "arch": "x86_64", "action": "log", "uid": 0, "gid": 0,
        "comm": "redis-server", "podUID": "6c5ff6f3", "containerID": "4f0c", "code": "0x7ffc0000",
        "auid": 4_294_967_295, "ses": 4_294_967_295, "ip": "0x7fec529f1829", "compat": 0,
        "subj": "=unconfined",
      ])
  }

  @Test("The time is first, and a line is one object with a line feed")
  func form() throws {
    let line = try rendering.text(payload())
    #expect(line.hasPrefix(#"{"time":"2024-05-16T08:13:07.650Z","#))
    #expect(line.hasSuffix("}\n"))
  }

  @Test("A basic line has only the basic keys")
  func basic() throws {
    var rendering = rendering
    rendering.fields = .basic
    #expect(
      try Set(rendering.json(payload()).keys) == [
        "time", "logger", "timestamp", "type", "node", "namespace", "pod", "container", "executable",
        "pid", "syscallID", "syscallName",
      ])
  }

  @Test(
    "Times are correct in leap years, at their boundaries, and far from the present",
    arguments: [
      ("0.000", "1970-01-01T00:00:00.000Z"), ("951782399.999", "2000-02-28T23:59:59.999Z"),
      ("951782400.001", "2000-02-29T00:00:00.001Z"), ("951868800.000", "2000-03-01T00:00:00.000Z"),
      ("1709164799.000", "2024-02-28T23:59:59.000Z"), ("1709164800.000", "2024-02-29T00:00:00.000Z"),
      ("1735689599.000", "2024-12-31T23:59:59.000Z"), ("1735689600.000", "2025-01-01T00:00:00.000Z"),
      ("2147483648.000", "2038-01-19T03:14:08.000Z"), ("4107542399.000", "2100-02-28T23:59:59.000Z"),
      ("4107542400.000", "2100-03-01T00:00:00.000Z"), ("253402300799.999", "9999-12-31T23:59:59.999Z"),
    ])
  func times(stamp: String, time: String) throws {
    #expect(try rendering.json(payload(stamp: "\(stamp):1"))["time"] == .text(time))
  }

  @Test("A record with an earlier time does not get the time of the record before it")
  func timesTogether() throws {
    // One format caches the last second that it rendered.
    let first = try rendering.json(payload(stamp: "1.001:1"))["time"]
    let second = try rendering.json(payload(stamp: "0.999:2"))["time"]
    #expect(first == "1970-01-01T00:00:01.001Z")
    #expect(second == "1970-01-01T00:00:00.999Z")
  }
}
