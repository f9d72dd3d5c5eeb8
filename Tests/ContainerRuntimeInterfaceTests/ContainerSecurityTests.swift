import ContainerRuntime
import ContainerRuntimeInterface
import Testing

/// What runtimes report of containers on request.
@Suite struct ContainerSecurityTests {
  /// As containerd writes it, shortened.
  private func containerd(
    seccomp: String = "", process: String = #""noNewPrivileges":true,"#, privileged: String = ""
  )
    -> String
  {
    #"{"sandboxID":"1e2d","pid":7,"removing":false,"config":{"metadata":{"name":"app"},"envs":[{"key":"PASSWORD","value":"secret"}],"#
      + #""linux":{"security_context":{\#(privileged)"namespace_options":{"pid":1}}}},"#
      + #""runtimeSpec":{"ociVersion":"1.0.2","process":{\#(process)"args":["sh"]},"linux":{\#(seccomp)"resources":{}}}}"#
  }

  private func parsed(_ info: String) -> ContainerSecurity? {
    ContainerSecurity(info: Array(info.utf8).span)
  }

  @Test(
    "What a filter does is told in few words",
    arguments: [
      (#"{"defaultAction":"SCMP_ACT_LOG"}"#, "logs all", true),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["read","write"],"action":"SCMP_ACT_ALLOW"}]}"#,
        "logs the rest of 2", true
      ),
      (
        #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["read"],"action":"SCMP_ACT_LOG"},{"names":["mount"],"action":"SCMP_ACT_ERRNO"}]}"#,
        "logs the rest of 1", true
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}"#,
        "enforces", false
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","brk"],"action":"SCMP_ACT_LOG"}]}"#,
        "enforces, logs 2", true
      ),
      (#"{"defaultAction":"SCMP_ACT_ALLOW"}"#, "allows all", false),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_LOG"}]}"#,
        "logs 1", true
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}"#,
        "enforces", false
      ),
      // With conditions for arguments some calls are logged.
      (
        #"{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]}"#,
        "logs all", true
      ),
    ])
  func summaries(seccomp: String, summary: String, logs: Bool) throws {
    let security = try #require(parsed(containerd(seccomp: "\"seccomp\":\(seccomp),")))
    #expect(security.summary == summary)
    #expect((security.obstacle == nil) == logs)
    #expect(security.noNewPrivileges && !security.isPrivileged)
  }

  @Test("The names that are allowed and not logged are known")
  func allowed() throws {
    let profile =
      #""seccomp":{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["write","read"],"action":"SCMP_ACT_ALLOW"}]},"#
    #expect(try #require(parsed(containerd(seccomp: profile))?.filter).allowed == ["read", "write"])
  }

  @Test("A container without filter is privileged, or has an unconfined profile")
  func unfiltered() throws {
    let open = try #require(parsed(containerd(process: "")))
    #expect(open.summary == "none" && !open.noNewPrivileges)
    #expect(open.obstacle == "it has no filter: seccompProfile is Unconfined")
    for info in [
      containerd(privileged: #""privileged":true,"#),
      // As CRI-O writes it.
      #"{"sandboxID":"1e2d","pid":7,"privileged":true,"runtimeSpec":{"ociVersion":"1.0.2","linux":{"seccomp":null}}}"#,
    ] {
      #expect(parsed(info)?.obstacle == "it is privileged, so it has no filter")
    }
  }

  @Test(
    "Other text is no report",
    arguments: [
      "", "{}", "[]", "null", #"{"runtimeSpec":null}"#, #"{"runtimeSpec":{}}"#, "{\"runtimeSpec\":{", "\"x\"",
    ])
  func others(info: String) { #expect(parsed(info) == nil) }

  @Test("Names and actions of any form and number are bounded")
  func hostile() throws {
    let many = (0..<5000).map { "\"call\($0)\"" }.joined(separator: ",")
    let names = #""a b","\u0000","","\#(String(repeating: "x", count: 100))",7,\#(many)"#
    let seccomp =
      #""seccomp":{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":[\#(names)],"action":"SCMP_ACT_ALLOW"}]},"#
    let filter = try #require(parsed(containerd(seccomp: seccomp))?.filter)
    #expect(filter.allowed.count == 1024 && filter.allowed.allSatisfy { $0.hasPrefix("call") })
    let action = #""seccomp":{"defaultAction":"\n"},"#
    #expect(parsed(containerd(seccomp: action))?.filter == nil)
    let text = Array(containerd(seccomp: seccomp).utf8)
    for count in stride(from: 0, to: text.count, by: 97) {
      _ = ContainerSecurity(info: text.span.extracting(first: count))
    }
  }
}
