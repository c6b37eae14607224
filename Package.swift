// swift-tools-version: 6.3
// AeroMQ: a message broker, its client, and the instrument that measures brokers.
//
// Arrows between targets point down only; `Sources/README.md` names what each boundary buys.

import PackageDescription

/// Every Swift target is built the same way: Swift 6, warnings are errors, imports are internal.
let swiftSettings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target
{
    .executableTarget(
        name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude,
        resources: resources, swiftSettings: swiftSettings)
}

/// Drivers of other brokers, each behind a trait that is on by default, and the C library it needs.
let peerDrivers: [(trait: String, library: String, broker: String)] = [
    ("KafkaDriver", "CRdKafka", "Kafka, by librdkafka"),
    ("RabbitMQDriver", "CRabbitMQ", "RabbitMQ, by rabbitmq-c"),
    ("NATSDriver", "CNATS", "NATS and JetStream, by cnats"),
    ("RedisDriver", "CHiredis", "Redis Streams, by hiredis"),
    ("MQTTDriver", "CMosquitto", "MQTT, by libmosquitto"),
]

let targets: [Target] = [
    // Layer 0: C shims and system libraries.
    .target(name: "CLinux", dependencies: ["CUring"]),
    .target(name: "CChecksum"),
    .target(name: "CAllocationCount"),
    .systemLibrary(
        name: "CUring", pkgConfig: "liburing", providers: [.apt(["liburing-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CRdKafka", providers: [.apt(["librdkafka-dev"])]),
    .systemLibrary(name: "CRabbitMQ", providers: [.apt(["librabbitmq-dev"])]),
    .systemLibrary(name: "CNATS", providers: [.apt(["libnats-dev"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CMosquitto", providers: [.apt(["libmosquitto-dev"])]),

    // Layer 1: bounded memory and histograms.
    module("AeroMemory"),
    module("HDRHistogram", ["CZlib"]),

    // Layer 2: the machine and the bytes on the wire.
    module("AeroIO", ["CLinux", "CUring", "AeroMemory"]),
    module("AeroWire", ["CChecksum", "CZlib", "CZstd", "CLZ4", "CSnappy", "AeroMemory"]),

    // Layer 3: storage and the sans-I/O state machines.
    module("AeroStorage", ["AeroWire", "AeroIO", "AeroMemory"]),
    module("AeroCore", ["AeroWire", "AeroMemory"]),

    // Layer 4: what runs them.
    module("AeroBroker", ["AeroCore", "AeroStorage", "AeroIO", "AeroWire", "AeroMemory"]),
    module("AeroClient", ["AeroCore", "AeroIO", "AeroWire", "AeroMemory"]),
    module("AeroLoad", ["HDRHistogram", "AeroIO", "AeroMemory", "CYAML", "CChecksum"]),
    module("AeroReport", ["HDRHistogram"], exclude: ["Schema"]),

    // Layer 5 to 7: drivers, commands, executables.
    module(
        "AeroDrivers",
        ["AeroLoad", "AeroClient", "AeroCore", "AeroIO", "AeroWire", "AeroMemory"]
            + peerDrivers.map { peer in
                .target(name: peer.library, condition: .when(traits: [peer.trait]))
            }),
    module(
        "AeroCommand",
        [
            "AeroBroker", "AeroClient", "AeroDrivers", "AeroLoad", "AeroReport", "AeroStorage",
            "AeroIO", "AeroWire", "AeroMemory", "HDRHistogram",
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
    .target(
        name: "FaultSupport", dependencies: ["AeroIO", "AeroMemory", "TestSupport"],
        path: "Tests/FaultSupport", exclude: ["Shim"], swiftSettings: swiftSettings),
    tests("FaultSupportTests", ["FaultSupport", "AeroIO"]),
    .target(
        name: "BrokerSimulation",
        dependencies: [
            "AeroBroker", "AeroClient", "AeroCore", "AeroIO", "AeroMemory", "AeroStorage",
            "AeroWire", "FaultSupport", "TestSupport",
        ],
        path: "Tests/BrokerSimulation", swiftSettings: swiftSettings),
    executable("simulate", ["BrokerSimulation", "AeroIO"], path: "Tests/Simulate"),
    tests("AeroMemoryTests", ["AeroMemory"]),
    tests("HDRHistogramTests", ["HDRHistogram"], resources: [.copy("Fixtures")]),
    tests("AeroIOTests", ["AeroIO", "AeroMemory", "FaultSupport"]),
    tests("AeroWireTests", ["AeroWire", "AeroMemory"]),
    tests(
        "AeroStorageTests",
        ["AeroStorage", "AeroWire", "AeroIO", "AeroMemory", "FaultSupport"]),
    tests("AeroCoreTests", ["AeroCore", "AeroWire", "AeroMemory"]),
    tests(
        "AeroBrokerTests",
        [
            "AeroBroker", "AeroCore", "AeroStorage", "AeroIO", "AeroWire", "AeroMemory",
            "FaultSupport",
        ]),
    tests(
        "AeroClientTests",
        [
            "AeroClient", "AeroBroker", "AeroCore", "AeroIO", "AeroMemory", "AeroStorage",
            "AeroWire", "FaultSupport",
        ]),
    tests("AeroLoadTests", ["AeroLoad", "HDRHistogram", "AeroIO"]),
    .target(
        name: "GateSimulation", dependencies: ["AeroReport"], path: "Tests/GateSimulation",
        swiftSettings: swiftSettings),
    executable("gate-errors", ["AeroReport", "GateSimulation"], path: "Tests/GateErrors"),
    tests(
        "AeroReportTests", ["AeroReport", "GateSimulation", "HDRHistogram"],
        exclude: ["Fixtures", "Statistics/reference.py"]),
    tests(
        "AeroDriversTests",
        [
            "AeroDrivers", "AeroLoad", "AeroClient", "AeroBroker", "AeroIO", "AeroWire",
            "FaultSupport", "HDRHistogram",
        ]),
    tests(
        "AeroCommandTests",
        [
            "AeroCommand", "AeroBroker", "AeroClient", "AeroDrivers", "AeroIO", "AeroLoad",
            "AeroMemory", "AeroReport", "FaultSupport", "HDRHistogram",
        ]),
    executable("DiskProbe", ["AeroIO"], path: "Tests/DiskProbe"),
    tests("SimulationTests", ["BrokerSimulation", "simulate", "AeroWire"]),
    executable(
        "FaultRunner", ["AeroClient", "AeroIO", "CChecksum", "FaultSupport", "TestSupport"],
        path: "Tests/FaultRunner"),
    tests("IntegrationTests", ["AeroIO", "FaultSupport"]),
    tests("TidyTests", []),
]

let package = Package(
    name: "AeroMQ",
    products: [
        .executable(name: "aeromq", targets: ["aeromq"]),
        .executable(name: "aerobench", targets: ["aerobench"]),
        .library(name: "AeroClient", targets: ["AeroClient"]),
        .library(name: "HDRHistogram", targets: ["HDRHistogram"]),
    ],
    traits: Set(
        peerDrivers.map { .trait(name: $0.trait, description: "loads \($0.broker)") }
            + [.default(enabledTraits: Set(peerDrivers.map(\.trait)))]),
    targets: targets,
    swiftLanguageModes: [.v6]
)
