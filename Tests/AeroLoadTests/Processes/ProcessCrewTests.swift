// Processes that are slow to begin or to end hold nobody up.

import AeroIO
import Foundation
import TestSupport
import Testing

@testable import AeroLoad

@Suite(.timeLimit(.minutes(10))) struct ProcessCrewTests {
    /// Two processes that run a script of the shell, whose fourth argument is their share.
    private static func crew(_ script: String, _ name: String = "sh") throws -> ProcessCrew {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["workers=2", "processes=2"])
        let processes = try GeneratorProcesses(
            scenario, path: "/bin/sh", arguments: ["-c", script, name], cores: [])
        return try ProcessCrew(
            LoadPlan(scenario, runId: "crew"), processes,
            RunCoordination(workerCount: 2, drainNanoseconds: 0, memory: processes.memory))
    }

    @Test func nobodyWaitsForTheProcessesOfARunThatIsGivenUp() throws {
        let crew = try Self.crew("read line")
        var askedCount = 0
        #expect(throws: LoadRunError.driver(DriverError("wait for process 0", "interrupted"))) {
            try crew.awaitReadiness {
                askedCount += 1
                return askedCount == 3
            }
        }
        crew.abandon()
    }

    @Test func aProcessThatEndsIsNotWaitedFor() throws {
        let crew = try Self.crew("exit 3")
        let error = #expect(throws: LoadRunError.self) { try crew.awaitReadiness { false } }
        crew.abandon()
        guard case .driver(let error)? = error else {
            Issue.record("no failure of a process: \(String(describing: error))")
            return
        }
        #expect(error.cause.contains("code 3"), "\(error)")
    }

    /// Each ends only when the other has been told to: one after the other they would be killed.
    @Test func allAreLetGoAtOnce() throws {
        let folder = try TemporaryFolder()
        let crew = try Self.crew(
            """
            read line
            own=${4%/*}
            : > "$0/told-$own"
            while [ ! -e "$0/told-$((1 - own))" ]; do :; done
            : > "$0/ended-$own"
            """, folder.path)
        crew.abandon()
        for number in 0..<2 {
            #expect(
                FileManager.default.fileExists(atPath: folder.file("ended-\(number)")),
                "process \(number)")
        }
    }
}
