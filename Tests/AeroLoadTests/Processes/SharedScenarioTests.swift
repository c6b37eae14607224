// Processes of a run get the scenario whole, wherever its files are.

import AeroIO
import Foundation
import TestSupport
import Testing

@testable import AeroLoad

@Suite struct SharedScenarioTests {
    /// The text is in no folder, so that a path of a file has to say all.
    @Test func filesAreFoundFromMemory() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [
            ("trace.csv", "seconds\n0\n9.5\n"), ("sizes.csv", "bytes,count\n100,3\n5000,1\n"),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
        }
        let text = ScenarioFixture.withClass(
            """
            message-size: { distribution: file, file: sizes.csv }
            load: { schedule: trace, file: trace.csv }
            """)
        let scenario = try Scenario.parse(
            Array(text.utf8), fileName: folder.file("scenario.yaml"), overrides: ["warmup=0s"])
        let memory = try SharedScenario.place(scenario)
        let read = try #require(try SharedScenario.read(memory))
        guard case .trace(let replay) = read.classes[0].load else {
            Issue.record("not a trace: \(read.classes[0].load)")
            return
        }
        #expect(replay.trace.lastNanoseconds == 9_500_000_000)
        #expect(read.classes[0].messageSize.bounds == 100...5_000)
        // A result names them as the scenario does.
        #expect(!scenario.resolvedTree.json.contains(folder.path))
    }
}
