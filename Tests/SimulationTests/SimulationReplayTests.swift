// The same seed does the same, twice in one process and in any other.

import BrokerSimulation
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SimulationReplayTests {
    /// Some with crashes, power losses and errors of the disk among them.
    static let seeds: ClosedRange<UInt64> = 20...31

    private static func hash(_ seed: UInt64) -> UInt64 { Simulation(seed: seed).run().traceHash }

    @Test func isTheSameTwiceInOneProcess() {
        for seed in Self.seeds { #expect(Self.hash(seed) == Self.hash(seed), "seed \(seed)") }
    }

    @Test func differsFromSeedToSeed() {
        #expect(Set(Self.seeds.map(Self.hash)).count == Self.seeds.count)
    }

    /// Each process draws its own seed for the hashes of dictionaries, and has its own addresses.
    @Test func isTheSameInOtherProcesses() throws {
        let lines = Self.seeds.map { "seed \($0) hash \(String(Self.hash($0), radix: 16))" }
        for _ in 0..<2 {
            let said = try Self.run(seeds: Self.seeds)
            #expect(said.filter { $0.contains("hash") } == lines)
        }
    }

    /// Runs the executable that stands beside the test bundle; gives the lines that it says.
    private static func run(seeds: ClosedRange<UInt64>) throws -> [String] {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var beside = own.deletingLastPathComponent().path + "/simulate"
        if !FileManager.default.isExecutableFile(atPath: beside) {
            var root = URL(fileURLWithPath: #filePath)
            for _ in 0..<3 { root.deleteLastPathComponent() }
            beside = root.path + "/.build/debug/simulate"
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: beside)
        process.arguments = ["--from", "\(seeds.lowerBound)", "--seeds", "\(seeds.count)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
