// swift-tools-version: 6.2
import PackageDescription

// AUDIT_ENRICHER_SANITIZER=thread, address or fuzzer,address has our own code built with these sanitizers, and the fuzz
// targets with it. The libraries are built as always. AUDIT_ENRICHER_PARTS=core is for `make check`. Both leave out what needs NIO,
// SwiftProtobuf or ArgumentParser, which take longer to build than all the rest; the fuzz targets have NIO for the transport to the
// container runtime, whose tests have address checks there.
let sanitizers = Context.environment["AUDIT_ENRICHER_SANITIZER"]
let isFuzzed = sanitizers?.contains("fuzzer") == true
let isWhole = sanitizers == nil && Context.environment["AUDIT_ENRICHER_PARTS"] != "core"
let sanitized: [SwiftSetting] = sanitizers.map { [.unsafeFlags(["-sanitize=\($0)"])] } ?? []
// The usual linker trips over what they add.
let sanitizedLink: [LinkerSetting] =
  sanitizers.map { [.unsafeFlags(["-sanitize=\($0)", "-use-ld=lld"])] } ?? []
// libFuzzer has a main function, which tests must not.
let sanitizedTestLink: [LinkerSetting] = [.unsafeFlags(["-sanitize=address", "-use-ld=lld"])]

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ] + sanitized

// Generated code is not ours to make warning-free.
let generated: [SwiftSetting] = [.swiftLanguageMode(.v6)]

/// A target in a room of Sources.
func target(_ name: String, in room: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(room)/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict,
    linkerSettings: isFuzzed ? sanitizedTestLink : sanitizedLink)
}

let package = Package(
  name: "audit-enricher",
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C, made importable.
    .target(name: "CLibraryReplacements", path: "Sources/C/CLibraryReplacements"),
    .target(name: "CLinuxAudit", path: "Sources/C/CLinuxAudit"),
    .systemLibrary(
      name: "Clibaudit", path: "Sources/C/Clibaudit", pkgConfig: "audit", providers: [.apt(["libaudit-dev"])]),
    .systemLibrary(
      name: "Clibseccomp", path: "Sources/C/Clibseccomp", pkgConfig: "libseccomp",
      providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(
      name: "Clibsystemd", path: "Sources/C/Clibsystemd", pkgConfig: "libsystemd",
      providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(
      name: "Clibyaml", path: "Sources/C/Clibyaml", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
      name: "Cliblzma", path: "Sources/C/Cliblzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(
      name: "Clibzstd", path: "Sources/C/Clibzstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "Clibz", path: "Sources/C/Clibz", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // From bytes to a line, in the order of the flow.
    target(
      "LinuxSystem", in: "System",
      [
        "CLinuxAudit", "Clibsystemd", .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target("AuditRecord", in: "Records", []),
    target("AccessRecords", in: "Records", ["AuditRecord"]),
    target(
      "RepeatedRecords", in: "Records",
      ["AuditRecord", .product(name: "BasicContainers", package: "swift-collections")]),
    target("JSONText", in: "Records", ["AuditRecord"]),
    target("KernelMessages", in: "Records", ["AuditRecord"]),
    target("LogLines", in: "Records", ["AuditRecord", "JSONText", "KernelMessages"]),
    target("SyscallNames", in: "Records", ["CLinuxAudit", "Clibseccomp"]),
    target(
      "AuditSource", in: "Records",
      [
        "AuditRecord", "LinuxSystem", "LogLines", "CLinuxAudit", "Clibaudit",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "BasicContainers", package: "swift-collections"),
      ]),
    target(
      "JournalSource", in: "Records",
      [
        "AuditRecord", "AuditSource", "KernelMessages", "LogLines", "Clibsystemd",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "LogSource", in: "Records",
      [
        "AuditRecord", "AuditSource", "LinuxSystem", "LogLines", "Cliblzma", "Clibz", "Clibzstd",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "BasicContainers", package: "swift-collections"),
      ]),
    target("Cgroups", in: "Attribution", []),
    target("ProcFS", in: "Attribution", ["Cgroups", "LinuxSystem"]),
    target(
      "ProcessEvents", in: "Attribution",
      [
        "LinuxSystem", "CLinuxAudit",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "BasicContainers", package: "swift-collections"),
      ]),
    target("ProcessTable", in: "Attribution", ["Cgroups", "ProcFS", "ProcessEvents"]),
    target(
      "ProcessTracking", in: "Attribution",
      ["Cgroups", "LinuxSystem", "ProcFS", "ProcessEvents", "ProcessTable"]),
    target("ContainerRuntime", in: "Attribution", ["Cgroups"]),
    target(
      "EnrichedLog", in: "Output",
      [
        "AccessRecords", "AuditRecord", "SyscallNames", "AuditSource", "CLinuxAudit",
        .product(name: "BasicContainers", package: "swift-collections"),
      ]),
    target("TextTables", in: "Output", []),
    target(
      "LogOutput", in: "Output",
      [
        "EnrichedLog", "LinuxSystem", "Clibsystemd",
        .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "Snapshots", in: "Enrichment",
      [
        "AuditRecord", "Cgroups", "ContainerRuntime", "EnrichedLog", "LinuxSystem", "ProcFS", "ProcessTable",
      ]),
    target(
      "Recorder", in: "Enrichment",
      [
        "AuditRecord", "Cgroups", "ContainerRuntime", "LinuxSystem", "Recordings", "SyscallNames",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "WaitingRecords", in: "Enrichment",
      ["AuditRecord", "AuditSource", "Cgroups", "EnrichedLog", "LinuxSystem"]),
    target(
      "Aggregation", in: "Enrichment",
      [
        "AuditRecord", "EnrichedLog", "LinuxSystem",
        .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "Enrichment", in: "Enrichment",
      [
        "AccessRecords", "Aggregation", "AuditRecord", "AuditSource", "ContainerRuntime", "EnrichedLog",
        "LogOutput",
        "LinuxSystem",
        "Cgroups",
        "ProcessTable", "ProcessTracking", "Recorder", "Recordings", "Snapshots",
        "RepeatedRecords", "SyscallNames", "WaitingRecords",
        .product(name: "BasicContainers", package: "swift-collections"),
      ]),

    // From lines to profiles.
    target("YAMLText", in: "Profiles", ["Clibyaml", "JSONText"]),
    target("SeccompProfiles", in: "Profiles", ["EnrichedLog", "JSONText", "SyscallNames", "YAMLText"]),
    target(
      "Recordings", in: "Profiles",
      [
        "AuditRecord", "JSONText", "LinuxSystem", .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "ObservedSyscalls", in: "Profiles",
      ["AuditRecord", "JSONText", "LogLines", "Recordings", "SyscallNames"]),

    target(
      "ProfileTools", in: "Profiles",
      [
        "AuditRecord", "AuditSource", "EnrichedLog", "JSONText", "LinuxSystem", "LogLines", "LogSource",
        "ObservedSyscalls", "ProfileCompiler", "Recordings", "SeccompProfiles", "TextTables",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    target(
      "ProfileCompiler", in: "Profiles",
      ["AuditRecord", "Clibseccomp", "LinuxSystem", "SeccompProfiles", "SyscallNames"]),
    target(
      "ProfileInstallation", in: "Profiles",
      [
        "CLinuxAudit", "EnrichedLog", "LinuxSystem", "ProfileCompiler", "SeccompProfiles",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    // The service around it.
    target("Systemd", in: "System", ["Clibsystemd", "LinuxSystem"]),
    target(
      "ServiceLog", in: "Service",
      ["EnrichedLog", "LogOutput", .product(name: "Logging", package: "swift-log")]),
    target(
      "Metrics", in: "Service",
      [
        "AuditRecord", "AuditSource", "ContainerRuntime", "EnrichedLog", "LogOutput", "Enrichment",
        "LinuxSystem", "ProcFS",
        "ProcessTracking", "SyscallNames",
      ]),
    target(
      "Settings", in: "Service",
      [
        "AuditRecord", "ContainerRuntime", "EnrichedLog", "LogOutput", "Enrichment", "LinuxSystem", "Metrics",
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "RecordingService", in: "Service",
      [
        "ContainerRuntime", "EnrichedLog", "Enrichment", "LinuxSystem", "Metrics", "Recorder", "Recordings",
        "ServiceLog", "Settings",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "ServiceReports", in: "Service",
      ["AuditSource", "Enrichment", "ProcFS", "ServiceLog", .product(name: "Logging", package: "swift-log")]),
    target(
      "EnricherService", in: "Service",
      [
        "JournalSource", "LogSource",
        "Aggregation", "AuditSource", "ContainerRuntime", "EnrichedLog", "LogOutput", "Enrichment",
        "LinuxSystem", "LogLines",
        "Metrics",
        "ProcFS", "ProcessTracking", "Recorder", "RecordingService", "Recordings", "ServiceLog",
        "ServiceReports", "Settings",
        "Snapshots",
        "Systemd", "WaitingRecords",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ]),

    // What commands do beside it.
    target(
      "SeccompProbe", in: "Tools",
      [
        "AuditSource", "Clibseccomp", "LinuxSystem", .product(name: "SystemPackage", package: "swift-system"),
      ]),
    target(
      "Doctor", in: "Tools",
      [
        "AuditRecord", "AuditSource", "CLinuxAudit", "Clibsystemd", "ContainerRuntime", "EnrichedLog",
        "Enrichment",
        "LinuxSystem",
        "Metrics", "Cgroups", "ProcFS", "ProcessEvents", "ProcessTracking", "SeccompProbe", "Settings",
        "Systemd", "TextTables",
      ]),
    target(
      "NodeTools", in: "Tools",
      [
        "AuditSource", "ContainerRuntime", "EnrichedLog", "LogOutput", "Enrichment", "LinuxSystem", "Cgroups",
        "ProcFS",
        "ProcessTracking", "Recordings",
        "SeccompProbe",
        "Settings", "Snapshots", "TextTables",
      ]),

    // Tests mirror the sources. Those in Tests/EndToEnd are Python.
    .target(
      name: "TestSupport", dependencies: sanitizers == "thread" ? ["CVisibleMutex"] : [],
      path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "RecordSamples", dependencies: ["AuditRecord"], path: "Tests/RecordSamples",
      exclude: ["Fixtures"],
      swiftSettings: strict),
    tests("AuditRecordTests", ["AuditRecord", "RecordSamples"]),
    tests("RepeatedRecordsTests", ["AuditRecord", "RepeatedRecords"]),
    tests("AccessRecordsTests", ["AccessRecords", "AuditRecord", "RecordSamples"]),
    tests("LogLinesTests", ["AuditRecord", "LogLines", "RecordSamples", "TestSupport"]),
    tests("JournalSourceTests", ["JournalSource"]),
    tests("SyscallNamesTests", ["SyscallNames", "Clibseccomp"]),
    tests("AuditSourceTests", ["AuditRecord", "AuditSource", "CLinuxAudit", "TestSupport"]),
    tests(
      "LogSourceTests",
      [
        "LogSource", "AuditSource", "AuditRecord", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ], exclude: ["Fixtures"]),
    tests("CgroupsTests", ["Cgroups"]),
    tests("ProcFSTests", ["Cgroups", "ProcFS", "TestSupport"]),
    tests("ProcessEventsTests", ["ProcessEvents"]),
    tests("ProcessTrackingTests", ["Cgroups", "ProcFS", "ProcessEvents", "ProcessTable", "ProcessTracking"]),
    tests("ProcessTableTests", ["Cgroups", "ProcFS", "ProcessEvents", "ProcessTable", "TestSupport"]),
    tests("ContainerRuntimeTests", ["ContainerRuntime", "Cgroups", "TestSupport"]),
    tests(
      "EnrichedLogTests",
      [
        "AccessRecords", "EnrichedLog", "LogOutput", "AuditRecord", "AuditSource", "TestSupport",
        "TextTables",
      ]),
    tests(
      "EnrichmentTests",
      [
        "Enrichment", "AccessRecords", "Aggregation", "AuditRecord", "AuditSource", "ContainerRuntime",
        "EnrichedLog",
        "LogOutput",
        "LogLines", "Metrics", "Cgroups", "ProcFS", "ProcessTable", "ProcessTracking", "Recorder",
        "Recordings",
        "Snapshots", "TestSupport", "WaitingRecords",
      ]),
    tests(
      "SnapshotsTests", ["Snapshots", "Cgroups", "ContainerRuntime", "Enrichment", "ProcFS", "TestSupport"]),
    tests("JSONTextTests", ["JSONText", "TestSupport"]),
    tests(
      "RecorderTests",
      ["Recorder", "AuditRecord", "Cgroups", "ContainerRuntime", "LinuxSystem", "Recordings"]),
    tests(
      "RecordingsTests",
      [
        "AuditRecord", "Recordings", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
      ]),
    tests("YAMLTextTests", ["YAMLText", "JSONText"]),
    tests("SeccompProfilesTests", ["JSONText", "SeccompProfiles", "Clibseccomp", "TestSupport"]),
    tests(
      "ObservedSyscallsTests",
      ["ObservedSyscalls", "AuditRecord", "EnrichedLog", "JSONText", "TestSupport"]),
    .target(name: "CFilteredCalls", path: "Tests/CFilteredCalls"),
    tests(
      "ProfileCompilerTests",
      ["ProfileCompiler", "SeccompProfiles", "CFilteredCalls", "Clibseccomp", "TestSupport"]),
    tests("ProfileInstallationTests", ["ProfileInstallation", "SeccompProfiles", "TestSupport"]),
    tests(
      "ProfileToolsTests",
      [
        "ProfileTools", "ObservedSyscalls", "ProfileCompiler", "Recordings", "SeccompProfiles", "TestSupport",
      ], exclude: ["Fixtures"]),
    tests(
      "MetricsTests",
      [
        "Metrics", "AuditRecord", "ContainerRuntime", "Enrichment", "LinuxSystem", "ProcFS",
        "ProcessTracking", "TestSupport",
      ]),
    tests(
      "SettingsTests",
      ["Settings", "AuditRecord", "ContainerRuntime", "NodeTools", "Cgroups", "TestSupport"]),
    tests("ServiceLogTests", ["ServiceLog"]),
    tests(
      "EnricherServiceTests",
      [
        "AuditRecord", "AuditSource", "EnricherService", "ContainerRuntime", "Enrichment", "Metrics",
        "Cgroups", "ProcFS",
        "ProcessTracking", "ServiceReports", "Settings",
        "TestSupport",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
  ]
)

// Only the configuration for fuzzing has a sanitizer and NIO, which the tests of the transport need. All others run elsewhere.
if isFuzzed { package.targets.removeAll { $0.type == .test } }

if isWhole || isFuzzed {
  package.dependencies += [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
  ]
  package.targets += [
    target(
      "GRPCUnixSocket", in: "Attribution",
      [
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "AccessRecords", "AuditRecord", "AuditSource", "EnrichedLog", "Enrichment", "GRPCUnixSocket",
        "JSONText",
        "LinuxSystem", "LogLines", "Cgroups", "ObservedSyscalls", "ProcFS", "ProcessEvents", "ProcessTable",
        "ProfileCompiler", "Recordings", "SeccompProfiles", "Settings", "Snapshots", "WaitingRecords",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
      ], path: "Tests/Fuzz/Targets", swiftSettings: strict),
    tests(
      "GRPCUnixSocketTests",
      [
        "GRPCUnixSocket", "TestSupport",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
  ]
}

if isWhole {
  package.products.append(.executable(name: "audit-enricher", targets: ["audit-enricher"]))
  package.dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
  ]
  package.targets += [
    .target(
      name: "CRIService",
      dependencies: [
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], path: "Sources/Attribution/CRIService",
      exclude: ["cri.proto", "generate"],
      swiftSettings: generated),
    target(
      "ContainerRuntimeInterface", in: "Attribution",
      [
        "CRIService", "ContainerRuntime", "GRPCUnixSocket", "Cgroups", "JSONText",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    target(
      "MetricsEndpoint", in: "Service",
      [
        "LinuxSystem", "Metrics",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .executableTarget(
      name: "audit-enricher",
      dependencies: [
        "CLibraryReplacements", "ContainerRuntime", "ContainerRuntimeInterface", "Doctor", "EnrichedLog",
        "LogOutput",
        "EnricherService",
        "Enrichment", "JournalSource", "LinuxSystem", "LogLines", "Metrics", "MetricsEndpoint", "NodeTools",
        "ObservedSyscalls",
        "ProcessEvents",
        "ProfileCompiler", "ProfileInstallation", "ProfileTools", "Recorder", "Recordings", "SeccompProbe",
        "SeccompProfiles", "ServiceLog",
        "Settings", "Snapshots",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], exclude: ["Documentation.docc"], swiftSettings: strict,
      // Nodes have no Swift: its libraries become part of the program (as a flag of the whole build,
      // --static-swift-stdlib compiles everything anew). FoundationEssentials does not name the two that it needs.
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-znow",
        ]),
        .linkedLibrary("_FoundationCollections"), .linkedLibrary("_FoundationCShims"),
      ]),
    .executableTarget(
      name: "cri-calls",
      dependencies: [
        "CRIService", "GRPCUnixSocket", .product(name: "GRPCCore", package: "grpc-swift-2"),
      ], path: "Tests/EndToEnd/cri-calls", swiftSettings: strict),
    tests("FuzzTargetsTests", ["FuzzTargets"]),
    tests("MetricsEndpointTests", ["MetricsEndpoint"]),
    tests(
      "ContainerRuntimeInterfaceTests",
      [
        "ContainerRuntimeInterface", "ContainerRuntime", "CRIService", "Cgroups",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
  ]
}

if sanitizers == "thread" {
  package.targets.append(
    .target(
      name: "CVisibleMutex", path: "Tests/CVisibleMutex",
      cSettings: [.unsafeFlags(["-fsanitize=thread"])]))
}

if isFuzzed {
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz", dependencies: ["CFuzzer", "FuzzTargets"], path: "Tests/Fuzz/Driver",
      swiftSettings: strict, linkerSettings: sanitizedLink),
  ]
}
