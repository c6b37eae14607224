// Options of `aerobench ab`, understood and checked.

import AeroIO
import AeroLoad
import AeroReport

/// Everything that `aerobench ab` was asked for.
struct ExperimentOptions: Sendable {
    let load: ExperimentLoad
    let baseline: SideName
    let candidate: SideName
    let buildCommand: String
    let outputPath: String?

    init(_ arguments: ParsedArguments) throws(CommandError) {
        load = try ExperimentLoad(arguments)
        baseline = try Self.side("--base", arguments)
        candidate = try Self.side("--candidate", arguments)
        buildCommand = arguments.text("--build") ?? RevisionBuild.defaultCommand
        outputPath = arguments.text("--out")
        for scenario in load.scenarios {
            let kind = try TargetKind(scenario)
            for side in [baseline, candidate] {
                try Self.check(side, kind)
            }
        }
    }

    private static func side(
        _ name: String, _ arguments: ParsedArguments
    ) throws(CommandError) -> SideName {
        guard let text = arguments.text(name) else {
            throw .usage("\(name) is missing: name a git revision, a broker's path, or HOST:PORT")
        }
        return SideName(text)
    }

    private static func check(_ side: SideName, _ kind: TargetKind) throws(CommandError) {
        if case .endpoint = side {
            guard kind.isInProcess else { return }
            throw .usage("the \(kind.rawValue) driver connects to nothing: it is no side")
        }
        guard kind == .aeromq else {
            throw .usage(
                "the \(kind.rawValue) driver has no broker to start: only endpoints can be sides")
        }
    }

    static let specification = CommandSpecification(
        "ab", summary: "Measure two brokers in random order until a verdict is sure",
        operands: ["SCENARIO..."],
        options: [
            OptionSpecification("--base", "SIDE", "what is compared with; see below"),
            OptionSpecification("--candidate", "SIDE", "what is judged"),
            OptionSpecification(
                "--build", "COMMAND",
                "builds a revision in its work tree; default "
                    + "\"\(RevisionBuild.defaultCommand)\""),
        ] + ExperimentLoad.options + [
            OptionSpecification(
                "--out", "DIR", "default results/<date>-<scenario>-ab-<commit>")
        ] + GateCommand.outputOptions,
        remarks:
            "A SIDE is the path of an aeromq or of a folder with one, HOST:PORT of a broker that\n"
            + "runs already, or a git revision, which is built once and kept under\n"
            + "~/.cache/aerobench. This aerobench loads both sides, so that nothing but the\n"
            + "broker differs.\n"
            + "A pair is one run of each side against fresh brokers (at HOST:PORT always the same\n"
            + "one, so that what sets two starts of it apart looks like a change), in an order\n"
            + "that a coin decides; in slice mode both are alive, and --duration is the load of\n"
            + "each, in slices whose order coins decide. It looks for the first time after 8\n"
            + "pairs, for the last time after 56; what looks worse has to be confirmed by fresh\n"
            + "pairs. One pair in four compares the base with itself (canary, in the policy): if\n"
            + "that fails, the machine is not fit.\n"
            + "The folder of --out holds base.json, candidate.json and set-aside.json with every\n"
            + "run, and gate.json; aerobench gate judges these files again, with one look at all\n"
            + "pairs, and says what the experiment's own verdict was. A folder that has such\n"
            + "files is refused; whatever cannot be written is said before anything is measured.\n"
            + "Control-C ends it; what was measured is written.\n"
            + "Exit codes: as of aerobench gate; 5 also when it was interrupted, when a side\n"
            + "ended early, when too many runs cannot be believed or when the machine is not\n"
            + "fit, 6 when a side did not even start.",
        examples: [
            "aerobench ab latency-1k --base main --candidate HEAD --duration 10s --budget 15m",
            "aerobench ab smoke --base ./old/aeromq --candidate .build/release --seed 7",
            "aerobench ab smoke --base 127.0.0.1:9440 --candidate 127.0.0.1:9441 --mode slice",
        ])
}
