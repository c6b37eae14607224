// That crash states are enumerated completely, sampled soundly, and never take what is durable.

import AeroIO
import FaultSupport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SimulatedStatesTests {
    private func hashes(
        _ disk: SimulatedDisk, limit: Int, seed: UInt64 = 0
    ) -> (all: [UInt64], coverage: CrashCoverage) {
        var all: [UInt64] = []
        let coverage = disk.enumerateCrashStates(limit: limit, seed: seed) {
            #expect($0.uncertainChangeCount == 0 && $0.visibleHash == $0.durableHash)
            all.append($0.visibleHash)
        }
        return (all, coverage)
    }

    /// Two files, names and lengths: small enough to count, with every kind of change.
    private func busyDisk() throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let first = try disk.create("/a")
        try first.write([UInt8](repeating: 1, count: 700), at: 0)
        try disk.synchronizeFileSystem(holding: "/")
        try first.write([UInt8](repeating: 2, count: 600), at: 300)
        try first.truncate(to: 600)
        let second = try disk.create("/b")
        try second.write([3, 3], at: 0)
        try disk.rename("/b", to: "/c")
        return disk
    }

    /// The limit decides between all states, and some of them.
    @Test func samplesAreAmongAllStatesAndReachThemAll() throws {
        let disk = try busyDisk()
        let (all, coverage) = hashes(disk, limit: 10_000)
        #expect(coverage.isExhaustive && coverage.stateCount == all.count)
        #expect(Set(all).count == all.count)
        let (some, partial) = hashes(disk, limit: all.count - 1)
        #expect(!partial.isExhaustive)
        #expect(Set(some).isSubset(of: all) && some.count > all.count / 2)
        var random = SplitMix64(seed: TestSeed.current)
        var met: Set<UInt64> = []
        var tryCount = 0
        while met.count < all.count && tryCount < 50_000 {
            met.insert(disk.crashState(using: &random).visibleHash)
            tryCount += 1
        }
        let isWhole = met == Set(all)
        #expect(isWhole, "seed \(TestSeed.current)")
    }

    @Test func theSameSeedGivesTheSameStates() throws {
        let (first, second) = (try busyDisk(), try busyDisk())
        #expect(first.durableHash == second.durableHash)
        #expect(hashes(first, limit: 40, seed: 7).all == hashes(second, limit: 40, seed: 7).all)
        #expect(hashes(first, limit: 40, seed: 7).all != hashes(first, limit: 40, seed: 8).all)
    }

    /// Pinned: a hash that differed between processes would make replays look like bugs.
    @Test func theHashIsTheSameInEveryProcess() throws {
        let hash = try busyDisk().durableHash
        #expect(hash == 12_783_831_008_280_836_554)
        #expect(SimulatedDisk().durableHash != (try busyDisk().durableHash))
    }

    /// Kept apart from the model: a plain record of what was synchronized and not touched since.
    @Test func whatWasSynchronizedIsInEveryState() throws {
        let seed = TestSeed.current
        for round in 0..<UInt64(4) {
            var random = SplitMix64(seed: seed &+ round)
            let disk = SimulatedDisk()
            let file = try disk.create("/log")
            try disk.synchronizeDirectory("/")
            // Per byte: its value, and whether it is certain; nil where anything may be.
            var certain: [UInt8?] = []
            var current: [UInt8] = []
            for step in 0..<40 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    try file.synchronize()
                    certain = current
                case 1 where step % 4 == 0:
                    let length = Int.random(in: 0...current.count, using: &random)
                    try file.truncate(to: length)
                    current.removeLast(current.count - length)
                    certain.removeLast(max(0, certain.count - length))
                default:
                    let position = Int.random(in: 0...current.count, using: &random)
                    let count = Int.random(in: 1..<1500, using: &random)
                    let byte = UInt8(step + 1)
                    try file.write([UInt8](repeating: byte, count: count), at: position)
                    for index in position..<position + count {
                        if index < certain.count { certain[index] = nil }
                        if index < current.count {
                            current[index] = byte
                        } else {
                            current.append(byte)
                        }
                    }
                }
                _ = try disk.enumerateCrashStates(limit: 30, seed: seed) { state in
                    let left = try state.readFile("/log", limit: 1 << 20)
                    #expect(left.count >= certain.count, "seed \(seed &+ round), step \(step)")
                    let isKept = zip(certain, left).allSatisfy { $0 == nil || $0 == $1 }
                    #expect(isKept, "seed \(seed &+ round), step \(step)")
                }
            }
        }
    }

    // MARK: The disk against code that forgets a step

    /// What a crash after each call of `body` may leave of `/state`.
    private func leftAfterEachCall(
        _ body: (SimulatedDisk) throws -> Void
    ) throws -> Set<String> {
        let disk = SimulatedDisk()
        try disk.replaceFile("/state", with: Array("old".utf8))
        let left = Mutex<Set<String>>([])
        disk.setHook { disk, _ in
            let coverage = disk.enumerateCrashStates(limit: 1000) { state in
                let text: String
                do throws(Errno) {
                    text = String(
                        decoding: try state.readFile("/state", limit: 100), as: UTF8.self)
                } catch {
                    text = error.name
                }
                left.withLock { _ = $0.insert(text) }
            }
            #expect(coverage.isExhaustive)
        }
        try body(disk)
        return left.withLock { $0 }
    }

    @Test func aReplacedFileIsWholeWhateverHappens() throws {
        let left = try leftAfterEachCall { disk in
            try disk.replaceFile("/state", with: Array("new!".utf8))
            #expect(try disk.synchronizedState().readFile("/state", limit: 9).count == 4)
        }
        #expect(left == ["old", "new!"])
    }

    @Test func aForgottenStepShows() throws {
        let unsynchronized = try leftAfterEachCall { disk in
            try disk.create("/state.tmp").write("new!", at: 0)
            try disk.rename("/state.tmp", to: "/state")
            try disk.synchronizeDirectory("/")
        }
        #expect(unsynchronized == ["old", "", "\0\0\0\0", "new!"])
        let inPlace = try leftAfterEachCall { disk in
            let file = try disk.open("/state")
            try file.truncate(to: 0)
            try file.write("new!", at: 0)
            try file.synchronize()
        }
        #expect(inPlace.isStrictSuperset(of: ["old", "", "new!"]))
        let removedFirst = try leftAfterEachCall { disk in
            try disk.remove("/state")
            try disk.replaceFile("/state", with: Array("new!".utf8))
        }
        #expect(removedFirst.contains("ENOENT"))
    }
}
