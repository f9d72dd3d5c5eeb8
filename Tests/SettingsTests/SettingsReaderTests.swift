import ContainerRuntime
import Settings
import TestSupport
import Testing

@Suite struct SettingsReaderTests {
  /// Reads settings with `file` as the content of the named configuration file.
  private func read(
    flags: [Setting: String] = [:], file: String = "", environment: [String: String] = [:]
  ) throws -> Settings {
    try TemporaryDirectory.use { directory in
      try SettingsReader.read(
        flags: flags, file: directory.write(file, to: "enricher.conf"), environment: environment)
    }
  }

  /// The message for an invalid setting, without the directory's name.
  private func message(
    flags: [Setting: String] = [:], file: String = "", environment: [String: String] = [:]
  ) -> (isUsage: Bool, text: String) {
    do {
      _ = try read(flags: flags, file: file, environment: environment)
      return (false, "nothing")
    } catch let error as SettingsReader.Invalid {
      return (error.isUsage, String(error.description))
    } catch {
      return (false, "\(error)")
    }
  }

  @Test("Without any configuration the defaults are used")
  func defaults() throws {
    let settings = try read()
    #expect(settings.source == .auto)
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
    let settings = try read(flags: [.node: "flag"], file: file, environment: environment)
    #expect(settings.node == "flag")
    #expect(settings.output == "/variable")
    #expect(settings.format == .json)
  }

  @Test("Every setting can be given by flag, variable and file, with the same effect", arguments: 0..<3)
  func everywhere(origin: Int) throws {
    let values: [Setting: String] = [
      .source: "/var/log/audit/audit.log", .format: "json", .fields: "basic", .output: "/tmp/out",
      .node: "n", .criEndpoint: "unix:///run/x.sock", .procRoot: "/host/proc", .hostProcesses: "drop",
      .maxRecordsPerContainer: "1000/s", .lines: "namespace=prod", .record: "opt-in", .metricsListen: "none",
    ]
    #expect(Set(values.keys) == Set(Setting.all))
    let variables = Dictionary(uniqueKeysWithValues: values.map { ($0.key.variable, $0.value) })
    let settings =
      switch origin {
      case 0: try read(flags: values)
      case 1: try read(environment: variables)
      default: try read(file: variables.map { "\($0.key)=\($0.value)\n" }.joined())
      }
    #expect(settings.source == .file("/var/log/audit/audit.log"))
    #expect(settings.format == .json)
    #expect(settings.fields == .basic)
    #expect(settings.output == "/tmp/out")
    #expect(settings.node == "n")
    #expect(settings.isNodeConfigured)
    #expect(settings.runtime == .endpoint(RuntimeEndpoint(path: "/run/x.sock")))
    #expect(settings.procRoot == "/host/proc")
    #expect(settings.hostProcesses == .drop)
    #expect(settings.recordsPerContainer == 1000)
    #expect(settings.lines == ContainerChoice("namespace=prod") && settings.recording == .annotated)
  }

  @Test("Flag and variable are derived from a setting's name")
  func names() {
    #expect(Setting.criEndpoint.flag == "--cri-endpoint")
    #expect(Setting.criEndpoint.variable == "AUDIT_ENRICHER_CRI_ENDPOINT")
  }

  @Test("The variable NODE_NAME names the node if nothing else does")
  func nodeName() throws {
    #expect(try read(environment: ["NODE_NAME": "k8s"]).node == "k8s")
    #expect(try read(environment: ["NODE_NAME": "k8s"]).isNodeConfigured)
    #expect(try read(file: "AUDIT_ENRICHER_NODE=file", environment: ["NODE_NAME": "k8s"]).node == "file")
    #expect(try !read(environment: ["NODE_NAME": ""]).isNodeConfigured)
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
    let settings = try read(file: file)
    #expect(settings.node == "two words")
    #expect(settings.output == "/tmp/a=b # no comment")
    #expect(settings.format == .json)
  }

  @Test(
    "What systemd would read in another way is refused", arguments: ["\"a", "'", "'a\"", "\"a\" b", "a\\"])
  func otherForms(value: String) {
    #expect(
      message(file: "\nAUDIT_ENRICHER_NODE=\(value)\nAUDIT_ENRICHER_FORMAT=json").text.contains("line 2: "))
  }

  @Test("No value may contain a NUL, at which a path would end", arguments: Setting.all)
  func nul(key: Setting) {
    #expect(message(file: "\(key.variable)=/a\0b\n").text.contains("it must be text without NUL bytes"))
  }

  @Test("A file that is too long is refused, and not read in part")
  func longFile() {
    #expect(
      message(file: String(repeating: "# comment\n", count: 110_000)).text.contains("is longer than 1024 KiB")
    )
  }

  @Test("An unknown key of the file is an error with its line and the key that was probably meant")
  func unknownKey() {
    let (isUsage, text) = message(file: "# x\n\nAUDIT_ENRICHER_FORMATT=json\n")
    #expect(!isUsage)
    #expect(text.contains("enricher.conf, line 3: unknown key 'AUDIT_ENRICHER_FORMATT'"))
    #expect(text.hasSuffix("(did you mean AUDIT_ENRICHER_FORMAT?)"))
    #expect(message(file: "PATH=/bin").text.contains("line 1: unknown key 'PATH'"))
    #expect(message(file: "hello").text.contains("line 1: 'hello' is not NAME=value"))
  }

  @Test(
    "A key is suggested only if it is similar",
    arguments: [
      ("AUDIT_ENRICHER_FORMATS", "FORMAT"), ("AUDIT_ENRICHER_OUTPT", "OUTPUT"), ("FORMAT", "FORMAT"),
      ("AUDIT_ENRICHR_FIELDS", "FIELDS"), ("audit_enricher_fileds", "FIELDS"), ("AUDIT_ENRICHER_NOD", "NODE"),
      ("AUDIT_ENRICHER_PROCROOT", "PROC_ROOT"), ("AUDIT_ENRICHER_COLOUR", nil), ("AUDIT_ENRICHER_MODES", nil),
      ("AUDIT_ENRICHER_FOO", nil), ("AUDIT_ENRICHER_", nil), ("PATH", nil), ("", nil),
    ])
  func suggestion(name: String, key: String?) {
    #expect(
      Setting.suggestion(for: name).hasPrefix(
        key.map { " (did you mean AUDIT_ENRICHER_\($0)?)" } ?? " (known: AUDIT_ENRICHER_SOURCE, "))
  }

  @Test("A key that is set twice is an error with both lines")
  func twice() {
    let text = message(file: "AUDIT_ENRICHER_FORMAT=json\n\nAUDIT_ENRICHER_FORMAT=xml\n").text
    #expect(
      text.hasSuffix(
        "enricher.conf, line 3: AUDIT_ENRICHER_FORMAT is also set in line 1: remove one of them"))
  }

  @Test("A byte order mark is reported as such, and its line is still read")
  func byteOrderMark() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("\u{feff}AUDIT_ENRICHER_FORMAT=json\n", to: "conf")
      let reading = SettingsReader.examine(flags: [:], file: path, environment: [:])
      #expect(
        reading.problems.map(\.description) == [
          "\(path), line 1: begins with a byte order mark: save the file without it"
        ])
      #expect(reading.settings.format == .json)
    }
  }

  @Test("A path that is not a file is refused with its kind, and the null device is an empty file")
  func kinds() throws {
    try TemporaryDirectory.use { directory in
      #expect(
        SettingsReader.examine(flags: [:], file: directory.path, environment: [:]).problems.map(\.description)
          == [
            "cannot read the configuration file \(directory.path): it is a directory (name a regular file, because a reload reads it again)"
          ])
    }
    #expect(
      SettingsReader.examine(flags: [:], file: "/dev/zero", environment: [:]).problems.first?.description
        .contains("it is a device") == true)
    #expect(try SettingsReader.read(flags: [:], file: "/dev/null", environment: [:]).format == .klog)
  }

  @Test("A named path that is missing is reported with the setting that names it")
  func missing() throws {
    try TemporaryDirectory.use { directory in
      let file = try directory.write("", to: "file")
      func missing(_ flags: [Setting: String]) -> [String] {
        SettingsReader.examine(flags: flags, file: file, environment: [:]).missing
          .map { $0.replacing(directory.path, with: "D") }
      }
      let path = directory.path
      #expect(missing([.output: file, .source: file, .procRoot: path, .criEndpoint: "none"]) == [])
      #expect(missing([.output: "\(path)/new", .metricsListen: "unix:\(path)/new"]) == [])
      #expect(missing([.output: "\(path)/no/file"]) == ["--output: there is no directory D/no/"])
      #expect(missing([.output: "\(path)/no/file", .format: "journald"]) == [])
      #expect(missing([.output: "journald"]) == [])
      #expect(missing([.output: "\(file)/file"]) == ["--output: there is no directory D/file/"])
      #expect(missing([.output: path]) == ["--output: D is a directory, not a file"])
      #expect(missing([.source: "\(path)/no"]) == ["--source: there is no file D/no"])
      #expect(missing([.procRoot: file]) == ["--proc-root: D/file is a file, not a directory"])
      #expect(missing([.criEndpoint: "unix://\(path)/no"]) == ["--cri-endpoint: there is no socket D/no"])
      #expect(
        missing([.criEndpoint: "unix://\(file)"]) == ["--cri-endpoint: D/file is a file, not a socket"])
      #expect(
        missing([.metricsListen: "unix:\(path)/no/s"]) == ["--metrics-listen: there is no directory D/no/"])
      #expect(
        missing([.metricsListen: "unix:\(file)"]) == ["--metrics-listen: D/file is a file, not a socket"])
    }
  }

  @Test(
    "Foreign text can affect neither a terminal nor the text around it",
    arguments: [
      ("a\u{1b}[2J\r\n\0b", "a\\u{1B}[2J\\r\\n\\0b"), ("\u{7f}\u{9b}\u{85}", "\\u{7F}\\u{009B}\\u{0085}"),
      ("a\u{202e}b\u{200b}\u{2066}", "a\\u{202E}b\\u{200B}\\u{2066}"),
      ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("Zürich \\ 'a' 東京 e\u{301}", "Zürich \\ 'a' 東京 e\u{301}"),
      (String(repeating: "e\u{301}", count: 100), String(repeating: "e\u{301}", count: 40)),
    ])
  func printable(text: String, shown: String) {
    #expect(text.printable == shown)
    #expect(shown.escaped == shown)
  }

  @Test("An unknown variable with the program's prefix is an error, and one of another program is not")
  func unknownVariable() throws {
    let (isUsage, text) = message(environment: ["AUDIT_ENRICHER_NODES": "x", "PATH": "/bin"])
    #expect(!isUsage)
    #expect(
      text == "unknown environment variable AUDIT_ENRICHER_NODES (did you mean AUDIT_ENRICHER_NODE?)")
    #expect(try read(environment: ["PATH": "/bin", "AUDIT": "x"]).format == .klog)
  }

  @Test(
    "An invalid value is an error with its source, the value and what it must be",
    arguments: [
      (.format, "xml", "klog or json or journald"), (.fields, "all", "basic or full"),
      (.fields, "", "basic or full"),
      (.format, "JSON", "klog or json or journald"),
      (.source, "multicst", "auto, multicast, unicast or a file's path"),
      (.source, "", "auto, multicast, unicast or a file's path"),
      (.output, "", "-, journald or a file's path"),
      (.node, "", "a name"), (.criEndpoint, "/run/x.sock", "unix:///PATH or none"),
      (.procRoot, "proc", "a directory's absolute path"), (.hostProcesses, "yes", "keep or drop"),
      (.maxRecordsPerContainer, "1000", "1000/s, or none"),
      (.maxRecordsPerContainer, "0/s", "1000/s, or none"),
      (.maxRecordsPerContainer, "-1/s", "1000/s, or none"),
      (.maxRecordsPerContainer, "99999999999/s", "1000/s, or none"),
      (.maxRecordsPerContainer, "+5/s", "1000/s, or none"),
      (.metricsListen, "127.0.0.1:x", "none"), (.metricsListen, "127.0.0.1:+80", "none"),
    ] as [(Setting, String, String)])
  func badValue(key: Setting, value: String, wanted: String) {
    let flag = message(flags: [key: value])
    #expect(flag.isUsage)
    #expect(flag.text.hasPrefix("\(key.flag): '\(value)' is not valid: it must be "))
    #expect(flag.text.contains(wanted))
    let variable = message(environment: [key.variable: value])
    #expect(!variable.isUsage)
    #expect(variable.text.hasPrefix("\(key.variable) in the environment: '\(value)' is not valid"))
    let file = message(file: "\n\(key.variable)=\(value)\n")
    #expect(!file.isUsage)
    #expect(file.text.contains("enricher.conf, line 2: \(key.variable): '\(value)' is not valid"))
  }

  @Test("An invalid value that a flag overrides does no harm")
  func overridden() throws {
    #expect(try read(flags: [.format: "json"], environment: ["AUDIT_ENRICHER_FORMAT": "xml"]).format == .json)
  }

  @Test("A named file must exist, the default one need not")
  func missingFile() throws {
    let missing = "/nonexistent/enricher.conf"
    #expect(throws: SettingsReader.Invalid.self) {
      try SettingsReader.read(flags: [:], file: missing, environment: [:])
    }
    #expect(throws: SettingsReader.Invalid.self) {
      try SettingsReader.read(flags: [:], environment: [Setting.configVariable: missing])
    }
    #expect(try SettingsReader.read(flags: [:], environment: [:]).format == .klog)
  }

  @Test("All problems are found, and each key has its value or its default")
  func examined() throws {
    try TemporaryDirectory.use { directory in
      let path = try directory.write("AUDIT_ENRICHER_FORMAT=xml\r\nx\r\nAUDIT_ENRICHER_NODE=n", to: "conf")
      let reading = SettingsReader.examine(
        flags: [.fields: "some"], file: path, environment: ["AUDIT_ENRICHER_X": ""])
      #expect(reading.problems.count == 4)
      #expect(reading.problems.map(\.isUsage).filter(\.self).count == 1)
      #expect(reading.problems.contains { $0.description.contains("line 2: 'x' is not NAME=value") })
      #expect(reading.values.map(\.setting) == Setting.all)
      #expect(reading.values.first { $0.setting == .node }?.text == "n")
      #expect(
        reading.values.first { $0.setting == .node }?.origin.hasSuffix("conf, line 3: AUDIT_ENRICHER_NODE")
          == true
      )
      #expect(reading.values.first { $0.setting == .procRoot }?.origin == "default")
    }
  }

  @Test("A default that is shown as a value is the one that is used")
  func shownDefaults() throws {
    let shown = SettingsReader.examine(flags: [:], environment: [:]).values
    for (key, text, _) in shown where key != .node && key != .criEndpoint {
      let set = try read(flags: [key: text])
      #expect("\(set)" == "\(try read())", "\(key)")
    }
  }
}
