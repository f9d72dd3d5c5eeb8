import AuditRecord
import ContainerRuntime
import Settings
import TestSupport
import Testing

@Suite struct SettingsReaderTests {
  @Test("Without any configuration the defaults are used")
  func defaults() throws {
    let settings = try GivenSettings.read()
    #expect(settings.source == .auto)
    #expect(settings.records == .all)
    #expect(settings.format == .klog)
    #expect(settings.fields == .full)
    #expect(settings.output == "-")
    #expect(settings.runtime == .search)
    #expect(settings.procRoot == "/proc")
    #expect(settings.hostProcesses == .keep)
    #expect(!settings.node.isEmpty)
    #expect(!settings.isNodeConfigured)
  }

  @Test("A flag has precedence over the environment, and the environment over the file")
  func precedence() throws {
    let file = "AUDIT_ENRICHER_NODE=file\nAUDIT_ENRICHER_OUTPUT=/file\nAUDIT_ENRICHER_FORMAT=json\n"
    let environment = ["AUDIT_ENRICHER_NODE": "variable", "AUDIT_ENRICHER_OUTPUT": "/variable"]
    let settings = try GivenSettings.read(flags: [.node: "flag"], file: file, environment: environment)
    #expect(settings.node == "flag")
    #expect(settings.output == "/variable")
    #expect(settings.format == .json)
  }

  @Test("Every setting can be given by flag, variable and file, with the same effect", arguments: 0..<3)
  func everywhere(origin: Int) throws {
    let values: [Setting: String] = [
      .source: "/var/log/audit/audit.log", .records: "selinux,seccomp", .format: "json", .fields: "basic",
      .output: "/tmp/out",
      .node: "n", .criEndpoint: "unix:///run/x.sock", .procRoot: "/host/proc", .hostProcesses: "drop",
      .maxRecordsPerContainer: "1000/s", .aggregate: "90s", .lines: "namespace=prod", .record: "opt-in",
      .metricsListen: "none",
    ]
    #expect(Set(values.keys) == Set(Setting.all))
    let variables = Dictionary(uniqueKeysWithValues: values.map { ($0.key.variable, $0.value) })
    let settings =
      switch origin {
      case 0: try GivenSettings.read(flags: values)
      case 1: try GivenSettings.read(environment: variables)
      default: try GivenSettings.read(file: variables.map { "\($0.key)=\($0.value)\n" }.joined())
      }
    #expect(settings.source == .file("/var/log/audit/audit.log"))
    #expect(settings.records == [.seccomp, .selinux] && settings.enrichment.kinds == settings.records)
    #expect(settings.format == .json)
    #expect(settings.fields == .basic)
    #expect(settings.output == "/tmp/out")
    #expect(settings.node == "n")
    #expect(settings.isNodeConfigured)
    #expect(settings.runtime == .endpoint(RuntimeEndpoint(path: "/run/x.sock")))
    #expect(settings.procRoot == "/host/proc")
    #expect(settings.hostProcesses == .drop)
    #expect(settings.recordsPerContainer == 1000)
    #expect(settings.aggregation == 90_000 && settings.enrichment.aggregation == 90_000)
    #expect(settings.lines == ContainerChoice("namespace=prod") && settings.recording == .annotated)
  }

  @Test("Flag and variable are derived from a setting's name")
  func names() {
    #expect(Setting.criEndpoint.flag == "--cri-endpoint")
    #expect(Setting.criEndpoint.variable == "AUDIT_ENRICHER_CRI_ENDPOINT")
  }

  @Test("The variable NODE_NAME names the node if nothing else does")
  func nodeName() throws {
    #expect(try GivenSettings.read(environment: ["NODE_NAME": "k8s"]).node == "k8s")
    #expect(try GivenSettings.read(environment: ["NODE_NAME": "k8s"]).isNodeConfigured)
    #expect(
      try GivenSettings.read(file: "AUDIT_ENRICHER_NODE=file", environment: ["NODE_NAME": "k8s"]).node
        == "file")
    #expect(try !GivenSettings.read(environment: ["NODE_NAME": ""]).isNodeConfigured)
  }

  @Test("The file is read as systemd reads environment files: comments, blanks, quotes")
  func fileForms() throws {
    let file = """
      # a comment
      ; another

        AUDIT_ENRICHER_NODE = "two words"
      AUDIT_ENRICHER_OUTPUT='/tmp/a=b # no comment'
      AUDIT_ENRICHER_FORMAT=json\r
      """
    let settings = try GivenSettings.read(file: file)
    #expect(settings.node == "two words")
    #expect(settings.output == "/tmp/a=b # no comment")
    #expect(settings.format == .json)
  }

  @Test(
    "What systemd would read in another way is refused", arguments: ["\"a", "'", "'a\"", "\"a\" b", "a\\"])
  func otherForms(value: String) {
    #expect(
      GivenSettings.message(file: "\nAUDIT_ENRICHER_NODE=\(value)\nAUDIT_ENRICHER_FORMAT=json").text.contains(
        "line 2: "))
  }

  @Test("No value may contain a NUL, at which a path would end", arguments: Setting.all)
  func nul(key: Setting) {
    #expect(
      GivenSettings.message(file: "\(key.variable)=/a\0b\n").text.contains(
        "it must be text without NUL bytes"))
  }

  @Test("An invalid value that a flag overrides does no harm")
  func overridden() throws {
    #expect(
      try GivenSettings.read(flags: [.format: "json"], environment: ["AUDIT_ENRICHER_FORMAT": "xml"]).format
        == .json)
  }

  @Test("A default that is shown as a value is the one that is used")
  func shownDefaults() throws {
    let shown = SettingsReader.examine(flags: [:], environment: [:]).values
    for (key, text, _) in shown where key != .node && key != .criEndpoint {
      let set = try GivenSettings.read(flags: [key: text])
      #expect("\(set)" == "\(try GivenSettings.read())", "\(key)")
    }
  }
}
