// swift-tools-version: 6.3
// AeroMQ: a message broker, its client, and the instrument that measures brokers.
//
// Arrows between targets point down only; `Sources/README.md` names what each boundary buys.

import Foundation
import PackageDescription

/// Every Swift target is built the same way: Swift 6, warnings are errors, imports are internal.
let swiftSettings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], resources: resources,
        swiftSettings: swiftSettings)
}

let targets: [Target] = [
    // Layer 0: C shims and system libraries.
    .target(name: "CLinux"),
    .target(name: "CChecksum"),
    .target(name: "CAllocationCount"),
    .systemLibrary(
        name: "CUring", pkgConfig: "liburing", providers: [.apt(["liburing-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

    // Layer 1: bounded memory and histograms.
    module("AeroMemory"),
    module("HDRHistogram", ["CZlib"]),

    // Layer 2: the machine and the bytes on the wire.
    module("AeroIO", ["CLinux", "CUring", "AeroMemory"]),
    module("AeroWire", ["CChecksum", "AeroMemory"]),

    // Layer 3: storage and the sans-I/O state machines.
    module("AeroStorage", ["AeroWire", "AeroIO", "AeroMemory"]),
    module("AeroCore", ["AeroWire", "AeroMemory"]),

    // Layer 4: what runs them.
    module("AeroBroker", ["AeroCore", "AeroStorage", "AeroIO", "AeroWire", "AeroMemory"]),
    module("AeroClient", ["AeroCore", "AeroIO", "AeroWire", "AeroMemory"]),
    module("AeroLoad", ["HDRHistogram", "AeroIO", "AeroMemory", "CYAML", "CChecksum"]),
    module("AeroReport", ["HDRHistogram"]),

    // Layer 5 to 7: drivers, commands, executables.
    module(
        "AeroDrivers",
        ["AeroLoad", "AeroClient", "AeroCore", "AeroIO", "AeroWire", "AeroMemory"]),
    module(
        "AeroCommand",
        [
            "AeroBroker", "AeroClient", "AeroDrivers", "AeroLoad", "AeroReport", "AeroIO",
            "AeroWire", "AeroMemory", "HDRHistogram",
        ]),
    executable("aeromq", ["AeroCommand", "CAllocationCount"]),
    executable("aerobench", ["AeroCommand", "CAllocationCount"]),
    executable(
        "MicroBenchmarks",
        ["AeroMemory", "HDRHistogram", "AeroWire", "AeroIO", "AeroLoad", "CAllocationCount"],
        path: "Benchmarks/MicroBenchmarks"),

    // Tests mirror sources.
    .target(
        name: "TestSupport", dependencies: [], path: "Tests/TestSupport",
        swiftSettings: swiftSettings),
    tests("AeroMemoryTests", ["AeroMemory"]),
    tests("HDRHistogramTests", ["HDRHistogram"], resources: [.copy("Fixtures")]),
    tests("AeroIOTests", ["AeroIO", "AeroMemory"]),
    tests("AeroWireTests", ["AeroWire", "AeroMemory"]),
    tests("AeroStorageTests", ["AeroStorage", "AeroWire", "AeroIO", "AeroMemory"]),
    tests("AeroCoreTests", ["AeroCore", "AeroWire", "AeroMemory"]),
    tests(
        "AeroBrokerTests",
        ["AeroBroker", "AeroCore", "AeroStorage", "AeroIO", "AeroWire", "AeroMemory"]),
    tests("AeroClientTests", ["AeroClient", "AeroBroker", "AeroCore", "AeroIO", "AeroWire"]),
    tests("AeroLoadTests", ["AeroLoad", "HDRHistogram", "AeroIO"]),
    tests("AeroReportTests", ["AeroReport", "HDRHistogram"]),
    tests("AeroDriversTests", ["AeroDrivers", "AeroLoad", "AeroClient", "AeroBroker", "AeroIO"]),
    tests("AeroCommandTests", ["AeroCommand"]),
    tests("IntegrationTests", ["AeroIO"]),
    tests("TidyTests", []),
]

// SCAFFOLD: targets appear as their folders do; removed before the first landing.
let root = Context.packageDirectory
func exists(_ target: Target) -> Bool {
    let folder = target.path ?? (target.isTest ? "Tests/" : "Sources/") + target.name
    let files = FileManager.default.enumerator(atPath: root + "/" + folder)?.allObjects as? [String]
    return files?.contains { $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".modulemap") } ?? false
}
let present = targets.filter(exists)
let names = Set(present.map(\.name))
for target in present {
    target.dependencies.removeAll {
        if case .byNameItem(let name, _) = $0 { return !names.contains(name) }
        return false
    }
}

let package = Package(
    name: "AeroMQ",
    products: (names.contains("AeroClient") ? [.library(name: "AeroClient", targets: ["AeroClient"])] : [])
        + (names.contains("HDRHistogram") ? [.library(name: "HDRHistogram", targets: ["HDRHistogram"])] : []),
    targets: present,
    swiftLanguageModes: [.v6]
)
