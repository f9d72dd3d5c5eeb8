import ContainerRuntime
import Settings
import TestSupport
import Testing

@Suite struct SettingProblemsTests {
  @Test("A file that is too long is refused, and not read in part")
  func longFile() {
    #expect(
      GivenSettings.message(file: String(repeating: "# comment\n", count: 110_000)).text.contains(
        "is longer than 1024 KiB")
    )
  }

  @Test("An unknown key of the file is an error with its line and the key that was probably meant")
  func unknownKey() {
    let (isUsage, text) = GivenSettings.message(file: "# x\n\nAUDIT_ENRICHER_FORMATT=json\n")
    #expect(!isUsage)
    #expect(text.contains("enricher.conf, line 3: unknown key 'AUDIT_ENRICHER_FORMATT'"))
    #expect(text.hasSuffix("(did you mean AUDIT_ENRICHER_FORMAT?)"))
    #expect(GivenSettings.message(file: "PATH=/bin").text.contains("line 1: unknown key 'PATH'"))
    #expect(GivenSettings.message(file: "hello").text.contains("line 1: 'hello' is not NAME=value"))
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
    let text = GivenSettings.message(file: "AUDIT_ENRICHER_FORMAT=json\n\nAUDIT_ENRICHER_FORMAT=xml\n").text
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
    let (isUsage, text) = GivenSettings.message(environment: ["AUDIT_ENRICHER_NODES": "x", "PATH": "/bin"])
    #expect(!isUsage)
    #expect(
      text == "unknown environment variable AUDIT_ENRICHER_NODES (did you mean AUDIT_ENRICHER_NODE?)")
    #expect(try GivenSettings.read(environment: ["PATH": "/bin", "AUDIT": "x"]).format == .klog)
  }

  @Test(
    "An invalid value is an error with its source, the value and what it must be",
    arguments: [
      (Setting.records, "seccomp,audit", "names of seccomp, apparmor and selinux"),
      (.records, "", "names of"),
      (.records, "selinux,selinux", "names of"), (.records, "seccomp, selinux", "names of"),
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
      (.aggregate, "60", "a duration from 5s to 1h, such as 60s, or none"), (.aggregate, "4s", "none"),
      (.aggregate, "61m", "none"), (.aggregate, "2h", "none"), (.aggregate, "5000ms", "none"),
      (.aggregate, "+5s", "none"), (.aggregate, "", "none"), (.aggregate, "1.5m", "none"),
      (.metricsListen, "127.0.0.1:x", "none"), (.metricsListen, "127.0.0.1:+80", "none"),
    ] as [(Setting, String, String)])
  func badValue(key: Setting, value: String, wanted: String) {
    let flag = GivenSettings.message(flags: [key: value])
    #expect(flag.isUsage)
    #expect(flag.text.hasPrefix("\(key.flag): '\(value)' is not valid: it must be "))
    #expect(flag.text.contains(wanted))
    let variable = GivenSettings.message(environment: [key.variable: value])
    #expect(!variable.isUsage)
    #expect(variable.text.hasPrefix("\(key.variable) in the environment: '\(value)' is not valid"))
    let file = GivenSettings.message(file: "\n\(key.variable)=\(value)\n")
    #expect(!file.isUsage)
    #expect(file.text.contains("enricher.conf, line 2: \(key.variable): '\(value)' is not valid"))
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
}
