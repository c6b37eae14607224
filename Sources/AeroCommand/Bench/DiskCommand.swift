// `aerobench disk`: how fast a disk takes what has to be durable.

import AeroIO
import AeroReport
import HDRHistogram

enum DiskCommand {
    private static let seconds = 1...600
    private static let rates = 0...100_000

    static let subcommand = Subcommand(
        CommandSpecification(
            "disk", summary: "Measure how fast a disk makes writes durable", operands: ["DIR"],
            options: [
                OptionSpecification("--seconds", "N", "for each of two measurements; default 5"),
                OptionSpecification(
                    "--rate", "N", "appends a second of the second; default 0, back to back"),
                OptionSpecification("--json", "one line of JSON"),
            ],
            remarks:
                "First 1MiB at a time, each followed by fdatasync, up to 2GiB; then 4KiB at a\n"
                + "time, for the latency of fdatasync. The files grow, as a log's do, and go.",
            examples: ["aerobench disk /var/tmp", "aerobench disk . --seconds 10 --json"])
    ) { (arguments, console) throws(CommandError) in
        var plan = DiskYardstick.Plan(directory: arguments.operands[0])
        plan.nanoseconds =
            Int64(try arguments.integer("--seconds", in: seconds) ?? 5) * 1_000_000_000
        plan.appendsPerSecond = try arguments.integer("--rate", in: rates) ?? 0
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let measured: DiskYardstick
        do throws(Errno) {
            measured = try DiskYardstick(plan, on: SystemDisk()) { stop.isRequested }
        } catch {
            throw .failed("cannot measure the disk of \(plan.directory): \(error)")
        }
        withExtendedLifetime(signals) {}
        guard !stop.isRequested else { throw .failed("interrupted; nothing was measured") }
        console.write(arguments.has("--json") ? measured.json(plan) + "\n" : measured.table(plan))
        return .pass
    }
}

extension DiskYardstick {
    /// The figures for people, with a final line break.
    fileprivate func table(_ plan: Plan) -> String {
        var text =
            "sequential 1MiB + fdatasync   \(UnitText.byteRate(bytesPerSecond)) "
            + "(\(UnitText.bytes(Int64(sequentialByteCount))) in "
            + "\(UnitText.latency(sequentialNanoseconds)))\n"
        let summary = LatencySummary(syncs)
        text +=
            "fdatasync of 4KiB appends     p50 \(UnitText.latency(summary.p50))  "
            + "p99 \(UnitText.latency(summary.p99))  max \(UnitText.latency(summary.max))  "
            + "(\(UnitText.grouped(summary.count)) of them)\n"
        if RunDirectory.isInMemory(plan.directory) {
            text += "warning: this directory is in memory, where syncing costs nothing\n"
        }
        return text
    }

    /// The same for programs: bytes and nanoseconds.
    fileprivate func json(_ plan: Plan) -> String {
        let summary = LatencySummary(syncs)
        return JSONText.object([
            ("directory", JSONText.string(plan.directory)),
            ("isInMemory", "\(RunDirectory.isInMemory(plan.directory))"),
            ("sequentialBytes", "\(sequentialByteCount)"),
            ("sequentialNanoseconds", "\(sequentialNanoseconds)"),
            ("sequentialBytesPerSecond", "\(Int64(bytesPerSecond))"),
            ("appendCount", "\(summary.count)"),
            ("appendNanoseconds", "\(appendNanoseconds)"),
            ("syncP50Nanoseconds", "\(summary.p50)"),
            ("syncP99Nanoseconds", "\(summary.p99)"),
            ("syncMaxNanoseconds", "\(summary.max)"),
        ])
    }
}
