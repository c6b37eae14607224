// Options of `aerobench selftest`, understood and checked.

import AeroIO
import AeroLoad
import AeroReport

/// Everything that `aerobench selftest` was asked for.
struct SelfTestOptions: Sendable {
    let load: ExperimentLoad
    /// What stands on both sides.
    let broker: SideName
    let buildCommand: String
    /// Gates of the base against itself.
    let unchangedCount: Int
    let injections: [Injection]
    /// Gates for each injection.
    let gateCount: Int
    let outputPath: String?

    // BOUND: all gates are kept in memory; more take days anyway.
    static let gateCounts = 1...10_000

    init(_ arguments: ParsedArguments) throws(CommandError) {
        load = try ExperimentLoad(arguments)
        let own = try ExecutableFolder.path() + "/aeromq"
        broker = SideName(arguments.text("--broker") ?? own)
        buildCommand = arguments.text("--build") ?? RevisionBuild.defaultCommand
        injections = try arguments.texts("--inject").map { text throws(CommandError) in
            try Injection(parsing: text)
        }
        unchangedCount =
            try arguments.integer("--aa", in: Self.gateCounts) ?? (injections.isEmpty ? 20 : 0)
        gateCount = try arguments.integer("--gates", in: Self.gateCounts) ?? 20
        outputPath = arguments.text("--out")
        for scenario in load.scenarios where try TargetKind(scenario) != .aeromq {
            throw .usage("the \(scenario.driver) driver has no broker to start")
        }
    }

    static let specification = CommandSpecification(
        "selftest", summary: "Count how often the gate is right on this machine",
        operands: ["SCENARIO..."],
        options: [
            OptionSpecification(
                "--aa", "N", "gates of the base against itself; default 20, or none with --inject"),
            OptionSpecification(
                "--inject", "CHANGE", isRepeatable: true,
                "a change of the candidate: latency=+10%, stall=60ms/4s, throughput=-5%"),
            OptionSpecification("--gates", "N", "gates for each change; default 20"),
            OptionSpecification(
                "--broker", "SIDE", "what stands on both sides, as of ab; default: the own aeromq"),
            OptionSpecification(
                "--build", "COMMAND", "builds a revision in its work tree, as of ab"),
        ] + ExperimentLoad.options + [
            OptionSpecification(
                "--out", "FILE", "default results/<date>-<scenario>-selftest-<commit>.json")
        ],
        remarks:
            "Each gate is an experiment as aerobench ab makes them, with a seed of its own. A\n"
            + "change is made by a proxy in front of the candidate; one that does nothing stands\n"
            + "in front of the base then. latency and throughput are sized by runs of the\n"
            + "base before; what the gates measured of it stands in the table. Objectives of the\n"
            + "scenario are left out.\n"
            + "--budget holds for everything together; a gate that it cuts short does not count.\n"
            + "Exit codes: 0 all gates were made, 1 error, 5 cut short, or no gate of a change\n"
            + "came to a verdict.",
        examples: [
            "aerobench selftest smoke --aa 40 --duration 2s --set warmup=500ms --budget 1h",
            "aerobench selftest smoke --inject latency=+10% --inject stall=60ms/4s --gates 20",
            "aerobench selftest throughput-1k --inject throughput=-5% --duration 3s",
        ])
}
