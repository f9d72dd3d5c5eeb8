// swift-tools-version: 6.2
import PackageDescription

// AUDIT_ENRICHER_SANITIZER=thread, address or fuzzer,address has our own code built with these sanitizers, and the fuzz
// targets with it. The libraries are built as always. Left out is what needs NIO, SwiftProtobuf or ArgumentParser, which take longer to
// build than all the rest; the fuzz targets have NIO for the transport to the container runtime.
let sanitizers = Context.environment["AUDIT_ENRICHER_SANITIZER"]
let sanitized: [SwiftSetting] = sanitizers.map { [.unsafeFlags(["-sanitize=\($0)"])] } ?? []
// The usual linker trips over what they add.
let sanitizedLink: [LinkerSetting] =
  sanitizers.map { [.unsafeFlags(["-sanitize=\($0)", "-use-ld=lld"])] } ?? []

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
    .target(name: "CGlibcFloor", path: "Sources/C/CGlibcFloor"),
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
      name: "Clibz", path: "Sources/C/Clibz", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // From bytes to a line, in the order of the flow.
    .target(
      name: "LinuxSystem",
      dependencies: [
        "CLinuxAudit", "Clibsystemd", .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Sources/System/LinuxSystem",
      swiftSettings: strict),
    .target(name: "AuditRecord", path: "Sources/Records/AuditRecord", swiftSettings: strict),
    .target(
      name: "SyscallNames",
      dependencies: ["CLinuxAudit", "Clibseccomp"], path: "Sources/Records/SyscallNames",
      swiftSettings: strict),
    .target(
      name: "AuditSource",
      dependencies: [
        "AuditRecord", "LinuxSystem", "CLinuxAudit", "Clibaudit", "Clibz",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "BasicContainers", package: "swift-collections"),
      ], path: "Sources/Records/AuditSource", swiftSettings: strict),
    .target(
      name: "ProcessTable",
      dependencies: [
        "LinuxSystem", "CLinuxAudit",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "BasicContainers", package: "swift-collections"),
      ], path: "Sources/Attribution/ProcessTable", swiftSettings: strict),
    .target(
      name: "ContainerRuntime", dependencies: ["ProcessTable"], path: "Sources/Attribution/ContainerRuntime",
      swiftSettings: strict),
    .target(
      name: "EnrichedLog",
      dependencies: [
        "AuditRecord", "LinuxSystem", "SyscallNames", "AuditSource", "Clibsystemd", "CLinuxAudit",
        .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Sources/Output/EnrichedLog", swiftSettings: strict),
    .target(
      name: "Enrichment",
      dependencies: [
        "AuditRecord", "AuditSource", "ContainerRuntime", "EnrichedLog", "LinuxSystem", "ProcessTable",
        "SyscallNames",
        .product(name: "BasicContainers", package: "swift-collections"),
      ], path: "Sources/Enrichment/Enrichment", swiftSettings: strict),

    // The service around it.
    .target(
      name: "Systemd", dependencies: ["Clibsystemd", "LinuxSystem"], path: "Sources/System/Systemd",
      swiftSettings: strict),
    .target(
      name: "ServiceLog", dependencies: ["EnrichedLog", .product(name: "Logging", package: "swift-log")],
      path: "Sources/Service/ServiceLog", swiftSettings: strict),
    .target(
      name: "Metrics",
      dependencies: [
        "AuditSource", "ContainerRuntime", "EnrichedLog", "Enrichment", "LinuxSystem", "ProcessTable",
      ], path: "Sources/Service/Metrics", swiftSettings: strict),
    .target(
      name: "Settings",
      dependencies: [
        "ContainerRuntime", "EnrichedLog", "Enrichment", "LinuxSystem", "Metrics",
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Sources/Service/Settings", swiftSettings: strict),
    .target(
      name: "EnricherService",
      dependencies: [
        "AuditSource", "CLinuxAudit", "ContainerRuntime", "EnrichedLog", "Enrichment", "LinuxSystem",
        "Metrics",
        "ProcessTable", "ServiceLog", "Settings", "Systemd",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ], path: "Sources/Service/EnricherService", swiftSettings: strict),

    // What commands do beside it.
    .target(
      name: "SeccompProbe",
      dependencies: [
        "AuditSource", "Clibseccomp", "LinuxSystem", .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Sources/Tools/SeccompProbe", swiftSettings: strict),
    .target(
      name: "Doctor",
      dependencies: [
        "AuditSource", "CLinuxAudit", "Clibsystemd", "ContainerRuntime", "EnrichedLog", "Enrichment",
        "LinuxSystem",
        "Metrics", "ProcessTable", "SeccompProbe", "Settings", "Systemd",
      ], path: "Sources/Tools/Doctor", swiftSettings: strict),
    .target(
      name: "NodeTools",
      dependencies: [
        "AuditSource", "ContainerRuntime", "EnrichedLog", "Enrichment", "LinuxSystem", "ProcessTable",
        "SeccompProbe",
        "Settings",
      ], path: "Sources/Tools/NodeTools", swiftSettings: strict),

    // Tests mirror the sources. Those in Tests/EndToEnd are Python.
    .target(
      name: "TestSupport", dependencies: sanitizers == "thread" ? ["CVisibleMutex"] : [],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "AuditRecordTests", dependencies: ["AuditRecord", "TestSupport"], exclude: ["Fixtures"],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "SyscallNamesTests", dependencies: ["SyscallNames", "Clibseccomp"], swiftSettings: strict,
      linkerSettings: sanitizedLink),
    .testTarget(
      name: "AuditSourceTests",
      dependencies: [
        "AuditSource", "AuditRecord", "TestSupport",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["Fixtures"], swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "ProcessTableTests", dependencies: ["ProcessTable", "TestSupport"],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "ContainerRuntimeTests", dependencies: ["ContainerRuntime", "ProcessTable", "TestSupport"],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "EnrichedLogTests",
      dependencies: ["EnrichedLog", "AuditRecord", "AuditSource", "SyscallNames", "TestSupport"],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "EnrichmentTests",
      dependencies: [
        "Enrichment", "AuditRecord", "AuditSource", "ContainerRuntime", "EnrichedLog", "Metrics",
        "ProcessTable",
        "SyscallNames", "TestSupport",
      ],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "MetricsTests",
      dependencies: [
        "Metrics", "AuditRecord", "ContainerRuntime", "Enrichment", "LinuxSystem", "ProcessTable",
        "SyscallNames", "TestSupport",
      ],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "SettingsTests",
      dependencies: [
        "Settings", "ContainerRuntime", "EnrichedLog", "Enrichment", "NodeTools", "ProcessTable",
        "TestSupport",
      ],
      swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "ServiceLogTests", dependencies: ["ServiceLog"], swiftSettings: strict,
      linkerSettings: sanitizedLink),
    .testTarget(
      name: "EnricherServiceTests",
      dependencies: [
        "EnricherService", "ContainerRuntime", "Enrichment", "Metrics", "ProcessTable", "Settings",
        "TestSupport",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict, linkerSettings: sanitizedLink),
  ]
)

if sanitizers == nil || sanitizers?.contains("fuzzer") == true {
  package.dependencies += [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
  ]
  package.targets += [
    .target(
      name: "GRPCUnixSocket",
      dependencies: [
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Sources/Attribution/GRPCUnixSocket", swiftSettings: strict)
  ]
}

if sanitizers == nil {
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
    .target(
      name: "ContainerRuntimeInterface",
      dependencies: [
        "CRIService", "ContainerRuntime", "GRPCUnixSocket", "ProcessTable",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
      ], path: "Sources/Attribution/ContainerRuntimeInterface", swiftSettings: strict),
    .target(
      name: "MetricsEndpoint",
      dependencies: [
        "LinuxSystem", "Metrics",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], path: "Sources/Service/MetricsEndpoint", swiftSettings: strict),
    .executableTarget(
      name: "audit-enricher",
      dependencies: [
        "CGlibcFloor", "ContainerRuntime", "ContainerRuntimeInterface", "Doctor", "EnrichedLog",
        "EnricherService",
        "Enrichment", "Metrics", "MetricsEndpoint", "NodeTools", "ProcessTable", "SeccompProbe", "ServiceLog",
        "Settings",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
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
    .testTarget(
      name: "GRPCUnixSocketTests",
      dependencies: [
        "GRPCUnixSocket", "TestSupport",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict, linkerSettings: sanitizedLink),
    .testTarget(
      name: "MetricsEndpointTests", dependencies: ["MetricsEndpoint"], swiftSettings: strict,
      linkerSettings: sanitizedLink),
    .testTarget(
      name: "ContainerRuntimeInterfaceTests",
      dependencies: ["ContainerRuntimeInterface", "ContainerRuntime", "CRIService", "ProcessTable"],
      swiftSettings: strict, linkerSettings: sanitizedLink),
  ]
}

if sanitizers == "thread" {
  package.targets.append(
    .target(
      name: "CVisibleMutex", path: "Tests/CVisibleMutex",
      cSettings: [.unsafeFlags(["-fsanitize=thread"])]))
}

if sanitizers?.contains("fuzzer") == true {
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CFuzzer", "AuditRecord", "AuditSource", "EnrichedLog", "Enrichment", "GRPCUnixSocket",
        "LinuxSystem", "ProcessTable", "Settings", "SyscallNames",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
      ], path: "Tests/Fuzz/Targets", swiftSettings: strict, linkerSettings: sanitizedLink),
  ]
}
