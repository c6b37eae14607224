// What `aerobench run` is to run: a scenario, or a workload of another tool.

import AeroIO
import AeroLoad
import AeroReport

/// A scenario's text, and how it came about.
struct RunSource: Sendable {
    let text: ScenarioText
    /// Where it means something else than the file that it was made from, one sentence each.
    let notes: [String]
    /// Whether the rate is to be searched for before the run.
    let asksForCapacity: Bool

    /// - Parameter arguments: Of a command with `options`, and with at most one operand.
    init(_ arguments: ParsedArguments) throws(CommandError) {
        let driverPath = arguments.text("--omb-driver")
        guard let path = arguments.text("--omb") else {
            guard driverPath == nil else {
                throw .usage("--omb-driver: goes with --omb FILE")
            }
            guard let operand = arguments.operands.first else {
                throw .usage("SCENARIO is missing; name one, or a workload with --omb FILE")
            }
            text = try ScenarioSource.read(operand)
            notes = []
            asksForCapacity = false
            return
        }
        guard arguments.operands.isEmpty else {
            throw .usage("--omb: the workload takes the place of SCENARIO; leave one of them out")
        }
        let mapped = try Self.map(path, driverPath)
        text = ScenarioText(
            bytes: Array(mapped.text.utf8), fileName: "\(path), read as a scenario")
        notes = mapped.notes
        asksForCapacity = mapped.asksForCapacity
    }

    private static func map(
        _ path: String, _ driverPath: String?
    ) throws(CommandError) -> OpenMessagingScenario {
        let workload = try bytes(path)
        let driver = try driverPath.map { path throws(CommandError) in try bytes(path) }
        do throws(ScenarioError) {
            return OpenMessagingScenario(
                try OpenMessagingWorkload.parse(workload, fileName: path),
                driver: try driver.map { bytes throws(ScenarioError) in
                    try OpenMessagingDriver.parse(bytes, fileName: driverPath ?? "")
                })
        } catch {
            throw .failed("\(error)")
        }
    }

    private static func bytes(_ path: String) throws(CommandError) -> [UInt8] {
        do throws(Errno) { return try InputFile.read(path) } catch {
            throw .failed("cannot read \(path): \(error)")
        }
    }

    /// The options that choose a workload.
    static let options = [
        OptionSpecification(
            "--omb", "FILE", "run a workload file of the OpenMessaging Benchmark"),
        OptionSpecification(
            "--omb-driver", "FILE", "batch and acknowledge as this driver file of it says"),
    ]
}
