import FoundationEssentials
import ProfileTools
import SeccompProfiles
import TestSupport
import Testing

@Suite struct ProfileOutputTests {
  private func made(_ texts: [String]) throws -> ProfileMaker.Made {
    var maker = ProfileMaker()
    maker.base = .runtimes([])
    let inputs = try readInputs(texts)
    return try #require(
      RecordedContainer.find(in: inputs.observations, by: .workload).containers.map(maker.make).first)
  }

  @Test("Equal input gives equal bytes, whatever its order")
  func stable() throws {
    let lines = (0..<40).map { line("call\($0 * 7919 % 41)", id: "c\($0 % 3)", count: $0) }
    var output = ProfileOutput()
    output.image = "redis:7"
    for format in ProfileOutput.Format.allCases {
      output.format = format
      let texts = try (0..<5).map { _ in try output.text(of: try made([lines.shuffled().joined()])) }
      #expect(Set(texts).count == 1)
    }
  }

  @Test("Each format has its form")
  func forms() throws {
    let made = try made([lossLine + line("write") + line("read") + line("read", id: "c2")])
    var output = ProfileOutput()
    output.isPlain = true
    #expect(
      try output.text(of: made) == """
        {
          "defaultAction": "SCMP_ACT_ERRNO",
          "architectures": [
            "SCMP_ARCH_X86_64"
          ],
          "syscalls": [
            {
              "names": [
                "read",
                "write"
              ],
              "action": "SCMP_ACT_ALLOW"
            }
          ]
        }

        """)
    output.format = .names
    #expect(try output.text(of: made) == "read\nwrite\n")
    output.format = .yaml
    output.isPlain = false
    #expect(
      try output.text(of: made) == #"""
        apiVersion: security-profiles-operator.x-k8s.io/v1beta1
        kind: SeccompProfile
        metadata:
          name: "prod-web-app"
          namespace: "prod"
          labels:
            "spo.x-k8s.io/container-id": "app"
          annotations:
            "audit-enricher/incomplete": "69234 records lost (socket)"
            "audit-enricher/recorded": "2 instances on 1 node, 2025-11-29T20:50Z to 2025-11-29T20:50Z"
            "spo.x-k8s.io/syscall-coverage": "{\"version\":\"v1\",\"total\":2,\"syscalls\":{\"read\":2,\"write\":1}}"
        spec:
          defaultAction: SCMP_ACT_ERRNO
          architectures:
          - SCMP_ARCH_X86_64
          syscalls:
          # INCOMPLETE: 69234 records lost (socket). seen: prod/web/app, 2 instances on 1 node, 2025-11-29T20:50Z to 2025-11-29T20:50Z
          - action: SCMP_ACT_ALLOW
            names:
            - read
            - write

        """#)
  }

  @Test(
    "A binding is for the image that lines name, else for the one that is given; without one there is none")
  func bindings() throws {
    func row(_ image: String) -> String {
      #"{"namespace":"prod","pod":"web","container":"app","syscallName":"read","arch":"x86_64","image":"\#(image)"}"#
        + "\n"
    }
    var output = ProfileOutput()
    output.format = .binding
    let lines = try made([line("read")])
    #expect(
      #expect(throws: ProfileOutput.NoImage.self) { try output.text(of: lines) }?.description
        == "no binding for prod/web/app: no image is known (see --image)")
    output.image = "*"
    let parts = try output.text(of: lines).components(separatedBy: "---\n")
    output.format = .yaml
    #expect(
      try parts.count == 2 && parts[0] == output.text(of: lines) && parts[1].hasSuffix("  image: \"*\"\n"))
    #expect(
      parts[1].contains(
        "  namespace: \"prod\"\nspec:\n  profileRef:\n    kind: SeccompProfile\n    name: \"prod-web-app\"\n")
    )
    output.format = .binding
    #expect(try output.text(of: made([row("redis:7")])).hasSuffix("  image: \"redis:7\"\n"))
    let several = try made([row("a") + row("b")])
    let error = #expect(throws: ProfileOutput.NoImage.self) { try output.text(of: several) }
    #expect(error?.description == "no binding for prod/web/app: it has the images a, b (see --image)")
  }

  @Test("Names from lines can neither leave the directory nor end a value")
  func hostile() throws {
    #expect(ProfileFile.path(of: ["prod", "web", "app"], suffix: ".json") == "prod/web/app.json")
    #expect(ProfileFile.path(of: ["..", "a/b", "", "-", ".x"], suffix: "") == "%2E./a%2Fb/-/%2D/%2Ex")
    #expect(ProfileFile.path(of: ["A\n"], suffix: "") == "%41%0A")
    #expect(ProfileFile.path(of: [], suffix: ".json") == "profile.json")
    let made = try made([line("read", pod: #"x\n---\nkind: Pod"#, container: #"\"]: &a *b"#)])
    var output = ProfileOutput()
    output.format = .yaml
    let yaml = try output.text(of: made)
    #expect(yaml.split(separator: "\n").allSatisfy { !$0.hasPrefix("---") && !$0.hasPrefix("kind: Pod") })
    #expect(yaml.contains(#"  name: "prod-x-----kind--pod------a--b""#) && !yaml.contains("container-id"))
    #expect(!made.report.contains("\n"))
  }

  @Test("A file is replaced as a whole; what is no regular file is written to")
  func files() throws {
    try TemporaryDirectory.use { directory in
      let path = "\(directory.path)/a/b/c.json"
      try ProfileFile.write("first", to: path)
      try ProfileFile.write("second", to: path)
      #expect(try directory.text(of: "a/b/c.json") == "second")
      try ProfileFile.write("gone", to: "/dev/null")
      try directory.write("", to: "file")
      let error = #expect(throws: ProfileFile.Failure.self) {
        try ProfileFile.write("", to: "\(directory.path)/file/x/y")
      }
      #expect(error?.description == "cannot make the directory \(directory.path)/file/x: not a directory")
    }
  }
}
