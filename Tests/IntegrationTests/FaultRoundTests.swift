// Short forms of what `scripts/faults` does for as long as it is given.

import AeroIO
import FaultSupport
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct FaultRoundTests {
    private func run(
        _ stages: [String], on program: String = Executables.folder + "/aeromq",
        in folder: TemporaryFolder
    ) throws -> Finished {
        try Executables.run(
            "FaultRunner",
            [
                "--program", program, "--folder", folder.path, "--rounds", "1", "--short",
                "--seed", "\(TestSeed.current % 1_000_000_000 + 1)",
            ] + stages.flatMap { ["--only", $0] })
    }

    /// The number in the column `runs` of a stage's row.
    private func runCount(of stage: String, in finished: Finished) -> Int? {
        let row = finished.output.last { $0.hasPrefix(stage + " ") && !$0.contains(" seed ") }
        // Columns are two spaces or more apart.
        let cells = row?.split(separator: "  ").map { $0.drop { $0 == " " } } ?? []
        return cells.count > 2 ? Int(cells[2]) : nil
    }

    @Test(arguments: [
        ["kill", "pause"], ["power-loss", "torn-write"], ["disk-full", "sync-error"],
        ["directories", "bit-sweep", "bit-flip"],
        ["planted-sync-off", "planted-early-ack", "planted-crc-off", "planted-volatile"],
    ])
    func aShortFormIsClean(stages: [String]) throws {
        let folder = try TemporaryFolder()
        let finished = try run(stages, in: folder)
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(finished.output.last == "clean: no findings")
        for stage in stages {
            #expect((runCount(of: stage, in: finished) ?? 0) > 0, "\(finished.transcript)")
        }
    }

    /// A broker that forgets where its logs end when it starts is found out.
    @Test func aBrokerThatLosesRecordsIsFoundOut() throws {
        let folder = try TemporaryFolder()
        let program = folder.file("forgetful")
        let written = try Executables.shell(
            """
            cat > \(program) <<END
            #!/bin/sh
            for word; do data=\\$word; done
            rm -f "\\$data"/checkpoints/*
            find "\\$data" -path '*/facts-*' -name '*.log' -exec truncate -s -2000 {} +
            exec $BIN/aeromq "\\$@"
            END
            chmod +x \(program)
            """)
        #expect(written.code == 0, "\(written.transcript)")
        let finished = try run(["kill"], on: program, in: folder)
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.output.contains { $0.hasPrefix("FINDING kill: ") && $0.contains("lost") })
        #expect(finished.output.contains { $0.hasPrefix("  again: scripts/faults --only kill") })
    }

    @Test func anUnknownStageIsNamed() throws {
        let folder = try TemporaryFolder()
        let finished = try run(["no-such-stage"], in: folder)
        #expect(finished.code == 2)
        #expect(finished.errors.joined().contains("no-such-stage"))
    }
}
