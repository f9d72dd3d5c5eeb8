internal import AuditRecord
internal import ContainerRuntime
internal import EnrichedLog
internal import LinuxSystem
internal import Metrics

/// All settings. A new setting is declared here. It becomes an option where a command declares it (`SettingOptions.swift`).
extension Setting {
  /// In the order in which the documents list them.
  package static let all = [
    source, records, format, fields, output, node, criEndpoint, procRoot, hostProcesses,
    maxRecordsPerContainer, aggregate,
    lines, record, metricsListen,
  ]

  package static let source = Setting(
    "source", \.source, valueName: "auto|multicast|unicast|FILE",
    summary: "Where records come from. auto is the socket that systemd handed over, else multicast.",
    default: "auto", completion: .file, appliesAtReload: false,
    expected: "auto, multicast, unicast or a file's path", parse: { Settings.Source($0) },
    pathProblem: { settings in
      guard case .file(let path) = settings.source else { return nil }
      return FileKind.problem(at: path, wanted: FileKind.ofLines)
    })

  package static let records = Setting(
    "records", \.records, valueName: "KIND,...",
    summary: "Which kinds of records become lines: any of seccomp, apparmor and selinux.",
    default: "seccomp,apparmor,selinux", appliesAtReload: true,
    expected: "names of seccomp, apparmor and selinux, with commas between them", parse: { RecordKinds($0) })

  package static let format = Setting(
    "format", choice: \.format,
    summary: "The form of the lines. journald is an older name of --output journald.",
    appliesAtReload: true)

  package static let fields = Setting(
    "fields", choice: \.fields,
    summary: "basic writes only the keys of the Security Profiles Operator, full all that are known.",
    appliesAtReload: true)

  package static let output = Setting(
    "output", \.output, valueName: "-|journald|FILE",
    summary:
      "Where lines go. - is standard output; a file is reopened on SIGHUP. journald receives entries with fields for journalctl.",
    default: "-", completion: .file, appliesAtReload: false, expected: "-, journald or a file's path",
    parse: { $0.isEmpty ? nil : $0 },
    pathProblem: { settings in
      guard case .file(let path) = settings.destination, path != "-" else { return nil }
      return FileKind.problem(at: path.directory, wanted: [.directory])
        ?? FileKind.problem(at: path, wanted: FileKind.ofLines, mayBeMissing: true)
    })

  package static let node = Setting(
    name: "node", valueName: "NAME", summary: "The machine's name in each line.",
    defaultText: "$NODE_NAME, else the host name", choices: [], completion: .none, appliesAtReload: true,
    store: { text, settings in
      settings.isNodeConfigured = !text.isEmpty
      guard !text.isEmpty else { return "a name" }
      settings.node = text
      return nil
    },
    copy: { new, current in
      guard (current.node, current.isNodeConfigured) != (new.node, new.isNodeConfigured) else { return false }
      (current.node, current.isNodeConfigured) = (new.node, new.isNodeConfigured)
      return true
    }, pathProblem: { _ in nil })

  package static let criEndpoint = Setting(
    "cri-endpoint", \.runtime, valueName: "unix:///PATH|none", summary: "The container runtime's CRI socket.",
    default: "the first of the usual sockets that answers", appliesAtReload: true,
    expected: "unix:///PATH or none",
    parse: { $0 == "none" ? Settings.Runtime.none : RuntimeEndpoint(url: $0).map { .endpoint($0) } },
    pathProblem: { settings in
      guard case .endpoint(let endpoint) = settings.runtime else { return nil }
      return FileKind.problem(at: endpoint.path, wanted: [.socket])
    })

  package static let procRoot = Setting(
    "proc-root", \.procRoot, valueName: "DIRECTORY", summary: "Where the host's /proc is mounted.",
    default: "/proc", completion: .directory, appliesAtReload: false, expected: "a directory's absolute path",
    parse: { $0.hasPrefix("/") ? $0 : nil },
    pathProblem: { FileKind.problem(at: $0.procRoot, wanted: [.directory]) })

  package static let hostProcesses = Setting(
    "host-processes", choice: \.hostProcesses, summary: "Whether records of host processes become lines.",
    appliesAtReload: true)

  package static let maxRecordsPerContainer = Setting(
    "max-records-per-container", \.recordsPerContainer, valueName: "N/s|none",
    summary:
      "The limit of lines for each container, such as 1000/s; records beyond it are counted and reported.",
    default: "none", appliesAtReload: true, expected: "a number a second, such as 1000/s, or none",
    parse: { recordsPerSecond($0) })

  package static let aggregate = Setting(
    "aggregate", \.aggregation, valueName: "none|DURATION",
    summary:
      "How often equal records become one line with their count, such as 60s; the first of them is written at once.",
    default: "none", appliesAtReload: true, expected: "a duration from 5s to 1h, such as 60s, or none",
    parse: { $0 == "none" ? .some(nil) : duration($0).map(Optional.some) })

  package static let lines = Setting(
    "lines", \.lines, valueName: "all|none|SELECTOR",
    summary: "Which containers' records become lines; others are only counted and recorded.",
    default: "all", appliesAtReload: true, expected: "all, none or \(ContainerSelector.expected)",
    parse: { ContainerChoice($0) })

  package static let record = Setting(
    "record", \.recording, valueName: "none|all|opt-in|SELECTOR",
    summary:
      "Which containers' syscalls are recorded, for profiles. opt-in: those that pods' annotations name.",
    default: "none", appliesAtReload: true,
    expected: "none, all, opt-in or \(ContainerSelector.expected)", parse: { RecordingChoice($0) })

  package static let metricsListen = Setting(
    "metrics-listen", \.metrics, valueName: "HOST:PORT|unix:PATH|none",
    summary: "Where Prometheus can read metrics.", default: "none", appliesAtReload: false,
    expected: "HOST:PORT, unix:PATH or none",
    parse: { $0 == "none" ? .some(nil) : MetricsAddress($0).map(Optional.some) },
    pathProblem: { settings in
      guard case .unix(let path) = settings.metrics else { return nil }
      return FileKind.problem(at: path.directory, wanted: [.directory])
        ?? FileKind.problem(at: path, wanted: [.socket], mayBeMissing: true)
    })

  /// Parses `60s`, `5m` or `1h`, as milliseconds; nil unless it is from 5 s to 1 h.
  private static func duration(_ text: String) -> Int64? {
    let seconds: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
    guard let unit = text.last.flatMap({ seconds[$0] }), let number = UInt16(digits: text.dropLast()) else {
      return nil
    }
    let duration = Int64(number) * unit
    return 5...3600 ~= duration ? duration * 1000 : nil
  }

  /// Parses `1000/s`, or `none`, which means no limit.
  private static func recordsPerSecond(_ text: String) -> Int?? {
    if text == "none" { return .some(nil) }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "s", let number = UInt32(digits: parts[0]), number > 0 else {
      return nil
    }
    return Int(number)
  }
}

extension Settings.Source {
  /// Parses `auto`, `multicast`, `unicast` or a file's path. Returns nil for any other word: without a slash or a dot it is more
  /// likely a misspelt source than a file.
  init?(_ text: String) {
    switch text {
    case "auto": self = .auto
    case "multicast": self = .multicast
    case "unicast": self = .unicast
    default:
      guard text.contains("/") || text.contains(".") else { return nil }
      self = .file(text)
    }
  }
}
