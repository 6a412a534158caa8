// swift-tools-version: 6.1
import PackageDescription

// CRIER_ONLY=CrierCore,CrierMessages builds these targets, what they need and their tests: quick work on one room.
// With CRIER_TESTS=named only those tests that it names itself.
let only = Context.environment["CRIER_ONLY"].map { Set($0.split(separator: ",").map(String.init)) }
let addsTests = Context.environment["CRIER_TESTS"] != "named"

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let nioCore = product("NIOCore", "swift-nio")
let nioPosix = product("NIOPosix", "swift-nio")
let nioTLS = product("NIOTLS", "swift-nio")
let nioEmbedded = product("NIOEmbedded", "swift-nio")
let nioSSL = product("NIOSSL", "swift-nio-ssl")
let logging = product("Logging", "swift-log")
let metrics = product("Metrics", "swift-metrics")
let crypto = product("Crypto", "swift-crypto")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// A program of `docs/examples`: an SDK user's code, which the system tests run.
func example(_ name: String) -> Target {
    .executableTarget(
        name: name, dependencies: ["CrierClient"], path: "docs/examples/\(name)",
        swiftSettings: swiftSettings)
}

/// The declared graph, in reading order: C, wire, gateway, program, tests. `TidyTests` holds every import against it.
let allTargets: [Target] = [
    .systemLibrary(name: "CNGHTTP2"),
    .systemLibrary(name: "CSQLite"),
    .target(name: "CLinux"),
    .target(name: "CCrierCodecs", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("zstd")]),
    .target(name: "CCrierMessages", linkerSettings: [.linkedLibrary("protobuf-c")]),

    library("CrierCodecs", ["CCrierCodecs"]),
    library("CrierHTTP2", ["CNGHTTP2", "CLinux", nioCore, nioPosix, nioTLS, nioSSL]),
    library("CrierGRPC", ["CrierHTTP2", "CrierCodecs", nioCore]),
    library("CrierMessages", ["CCrierMessages"]),

    library("CrierCore", [nioCore, logging, metrics]),
    library(
        "CrierStorage",
        [
            "CrierCore", "CrierGRPC", "CrierMessages", "CrierCodecs", "CSQLite", "CLinux", nioCore, nioPosix, logging,
            crypto,
        ]
    ),
    library(
        "CrierServices",
        [
            "CrierCore", "CrierGRPC", "CrierMessages", "CrierCodecs", nioCore, nioPosix, logging, metrics,
            product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird"),
            product("HTTPTypes", "swift-http-types"), product("NIOHTTPTypes", "swift-nio-extras"),
            product("NIOHTTP1", "swift-nio"), product("ServiceLifecycle", "swift-service-lifecycle"),
        ]
    ),
    library("CrierClient", ["CrierGRPC", "CrierMessages", "CrierCodecs", nioCore, nioPosix, crypto]),

    .executableTarget(
        name: "crier",
        dependencies: [
            "CrierCore", "CrierStorage", "CrierServices", "CrierClient", "CrierGRPC", "CrierHTTP2", "CrierMessages",
            "CrierCodecs", "CLinux", nioCore, nioPosix, nioSSL, logging, metrics,
            product("ArgumentParser", "swift-argument-parser"),
            product("ServiceLifecycle", "swift-service-lifecycle"),
            product("UnixSignals", "swift-service-lifecycle"),
            product("Yams", "Yams"),
        ],
        swiftSettings: swiftSettings
    ),

    tests("CrierCodecsTests", ["CrierCodecs"]),
    tests("CrierMessagesTests", ["CrierMessages"]),
    tests("CrierCoreTests", ["CrierCore", nioCore, nioPosix, nioEmbedded, logging]),
    tests(
        "CrierServicesTests",
        [
            "CrierServices", "CrierStorage", "CrierCore", "CrierGRPC", "CrierMessages", "CrierCodecs", nioCore,
            nioPosix, logging, metrics,
        ]
    ),
    tests("ClusterTests", ["CrierServices", "CrierCore", "CrierGRPC", "CrierMessages", nioCore, nioPosix]),
    tests("CrierGRPCTests", ["CrierGRPC", "CrierHTTP2", nioCore, nioEmbedded, nioPosix, nioSSL]),
    tests("CrierHTTP2Tests", ["CrierHTTP2", nioCore, nioEmbedded, nioPosix]),
    tests(
        "CrierStorageTests",
        ["CrierStorage", "CrierCore", "CrierGRPC", "CrierMessages", "CrierCodecs", nioCore, nioPosix, logging, crypto]
    ),
    tests("CrierClientTests", ["CrierClient", "CrierMessages", "CrierGRPC", "CrierCodecs", nioCore, nioPosix, crypto]),
    .target(
        name: "KeyValueStoreContract",
        dependencies: ["CrierCore", nioCore],
        path: "Tests/KeyValueStoreContract",
        swiftSettings: swiftSettings
    ),
    tests(
        "ProgramTests",
        [
            "crier", "CrierClient", "CrierCore", "CrierGRPC", "CrierMessages", "CrierStorage", nioCore,
            nioPosix, product("ArgumentParser", "swift-argument-parser"), crypto,
        ]),
    .target(name: "CStoreFaults", dependencies: ["CSQLite"], path: "Tests/CStoreFaults"),
    .target(
        name: "StoreCrashModel",
        dependencies: ["CrierCore"],
        path: "Tests/StoreCrashModel",
        swiftSettings: swiftSettings
    ),
    .executableTarget(
        name: "StoreCrasher",
        dependencies: ["CStoreFaults", "StoreCrashModel", "CrierStorage", "CrierCore"],
        path: "Tests/StoreCrasher",
        swiftSettings: swiftSettings
    ),
    .target(name: "EtcdMembers", path: "Tests/EtcdMembers", swiftSettings: swiftSettings),
    .testTarget(
        name: "KeyValueTests",
        dependencies: [
            "CrierCore", "CrierStorage", "CrierServices", "CrierGRPC", "KeyValueStoreContract", "EtcdMembers",
            "StoreCrashModel", "StoreCrasher", "CSQLite", nioCore, nioPosix, logging,
        ],
        resources: [.copy("Fixtures")],
        swiftSettings: swiftSettings
    ),
    tests("TidyTests", []),
    example("SharedCounter"),
    example("SharedLock"),
    tests(
        "SystemTests",
        [
            "crier", "SharedCounter", "SharedLock", "CrierClient", "CrierMessages", "CrierGRPC", nioCore, nioPosix,
        ]),
]

let package = Package(
    name: "crier",
    platforms: [.macOS(.v15)],
    products: only != nil
        ? []
        : [
            .executable(name: "crier", targets: ["crier"]),
            .library(name: "CrierClient", targets: ["CrierClient"]),
        ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.30.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: selected(allTargets, only: only)
)

/// The named targets with everything that they need, and the tests that need nothing else.
func selected(_ targets: [Target], only: Set<String>?) -> [Target] {
    guard let only else { return targets }
    var kept = only
    func needs(_ target: Target) -> [String] {
        target.dependencies.compactMap {
            switch $0 {
            case .byNameItem(let name, _), .targetItem(let name, _): name
            default: nil
            }
        }
    }
    while true {
        let more = targets.filter { kept.contains($0.name) }.flatMap(needs).filter { !kept.contains($0) }
        if more.isEmpty { break }
        kept.formUnion(more)
    }
    return targets.filter {
        kept.contains($0.name) || (addsTests && $0.isTest && needs($0).allSatisfy(kept.contains))
    }
}
