// What a power loss may take, and what it must leave: by journals whose meaning is known.

import AeroIO
import FaultSupport
import TestSupport
import Testing

@Suite("Power loss") struct PowerLossTests {
    private static let seeds = (0..<60).map { TestSeed.current &+ UInt64($0) }

    /// Plays the same on a fresh folder for each seed, and looks at what each leaves.
    private func forAllSeeds(
        _ files: [String: Int] = [:], _ honesty: DiskHonesty = .honest,
        play: (inout PoweredFolder) throws -> Void,
        look: (PoweredFolder, PowerLoss.Report, String) throws -> Void
    ) throws {
        for seed in Self.seeds {
            var folder = try PoweredFolder(files)
            try play(&folder)
            let report = try folder.strike(seed: seed, honesty)
            try look(folder, report, "seed \(seed)")
        }
    }

    private func isWhole(_ content: [UInt8]?, below limit: Int) -> Bool {
        guard let content, content.count >= limit else { return false }
        return content[..<limit].allSatisfy { $0 == 1 }
    }

    @Test func whatWasSyncedStaysAndWhatWasNotMayGo() throws {
        var lengths: Set<Int> = []
        var hasHoles = false
        try forAllSeeds(["a.log": 700]) { folder in
            try folder.write("a.log", at: 700, 1_300)
            folder.sync("f", "a.log")
            try folder.write("a.log", at: 2_000, 2_000)
        } look: { folder, report, seed in
            let content = try folder.content("a.log")
            #expect(isWhole(content, below: 2_000), "\(seed)")
            let count = content?.count ?? 0
            lengths.insert(count)
            if content?.contains(0) == true { hasHoles = true }
            #expect((report.lostByteCount == 0) == isWhole(content, below: 4_000), "\(seed)")
        }
        #expect(lengths == [2_000, 4_000] && hasHoles)
    }

    @Test func aWriteWithinASyncIsNotCovered() throws {
        var hasLost = false
        try forAllSeeds(["a.log": 1_000]) { folder in
            let sync = folder.begin("f", "a.log")
            try folder.write("a.log", at: 1_000, 1_000)
            folder.end(sync)
        } look: { folder, _, seed in
            let content = try folder.content("a.log")
            #expect(isWhole(content, below: 1_000), "\(seed)")
            if content?.count == 1_000 { hasLost = true }
        }
        #expect(hasLost)
    }

    @Test func aSyncThatDidNotEndCoversNothing() throws {
        var hasLost = false
        try forAllSeeds(["a.log": 0]) { folder in
            try folder.write("a.log", at: 0, 1_000)
            _ = folder.begin("f", "a.log")
        } look: { folder, _, _ in
            if try folder.content("a.log")?.isEmpty == true { hasLost = true }
        }
        #expect(hasLost)
    }

    /// The two ways in which a program can be wrong about syncs; other files keep theirs.
    @Test(arguments: [
        DiskHonesty.syncsDoNothing(suffix: ".log"), .syncsComeLate(suffix: ".log"),
    ])
    func aDishonestSyncLosesWhatItPromised(_ honesty: DiskHonesty) throws {
        var lengths: Set<Int> = []
        try forAllSeeds(["a.log": 0, "other": 0], honesty) { folder in
            for name in ["a.log", "other"] {
                try folder.write(name, at: 0, 1_000)
                folder.sync("f", name)
                try folder.write(name, at: 1_000, 1_000)
                folder.sync("f", name)
            }
        } look: { folder, _, seed in
            lengths.insert(try folder.content("a.log")?.count ?? -1)
            let other = try folder.content("other")
            #expect(isWhole(other, below: 2_000), "\(seed)")
        }
        switch honesty {
        case .syncsDoNothing: #expect(lengths == [0, 1_000, 2_000])
        case .syncsComeLate: #expect(lengths == [1_000, 2_000])
        case .honest: Issue.record("not dishonest")
        }
    }

    @Test func aNewFileMayGoUntilItsDirectoryIsSynced() throws {
        var isGone = false
        try forAllSeeds { folder in
            try folder.create("kept")
            try folder.write("kept", at: 0, 100)
            folder.sync("f", "kept")
            folder.sync("d", "")
            try folder.create("new")
            try folder.write("new", at: 0, 100)
            folder.sync("f", "new")
        } look: { folder, report, seed in
            let kept = try folder.content("kept")
            #expect(isWhole(kept, below: 100), "\(seed)")
            guard try folder.content("new") == nil else { return }
            isGone = true
            #expect(report.lostNameCount == 1, "\(seed)")
        }
        #expect(isGone)
    }

    @Test(arguments: [false, true])
    func aRenameIsUndoneWithWhatItReplaced(isSynced: Bool) throws {
        var lengths: Set<Int> = []
        try forAllSeeds(["state": 10, "state.tmp": 20]) { folder in
            try folder.rename("state.tmp", "state")
            if isSynced { folder.sync("d", "") }
        } look: { folder, _, seed in
            let count = try folder.content("state")?.count ?? -1
            lengths.insert(count)
            let former = try folder.content("state.tmp")
            #expect((former == nil) == (count == 20), "\(seed)")
        }
        #expect(lengths == (isSynced ? [20] : [10, 20]))
    }

    @Test func aRemovedFileMayComeBack() throws {
        var isBack = false
        try forAllSeeds(["old": 50, "gone": 50]) { folder in
            try folder.remove("gone")
            folder.sync("d", "")
            try folder.remove("old")
        } look: { folder, _, seed in
            #expect(try folder.content("gone") == nil, "\(seed)")
            if isWhole(try folder.content("old"), below: 50) { isBack = true }
        }
        #expect(isBack)
    }

    @Test func aSyncOfTheFileSystemCoversAll() throws {
        try forAllSeeds(["a": 100]) { folder in
            try folder.write("a", at: 100, 900)
            try folder.create("b")
            try folder.write("b", at: 0, 900)
            folder.sync("s", "")
        } look: { folder, report, seed in
            #expect(report == PowerLoss.Report(), "\(seed)")
            let a = try folder.content("a")
            #expect(isWhole(a, below: 1_000), "\(seed)")
            let b = try folder.content("b")
            #expect(isWhole(b, below: 900), "\(seed)")
        }
    }

    @Test func aJournalMayEndInTheMiddleOfALineAndNowhereElse() throws {
        let folder = try PoweredFolder(["a": 100])
        #expect(try folder.strike(seed: 1, rest: "W\t0\t1") == PowerLoss.Report())
        #expect(throws: Errno.protocolError) { try folder.strike(seed: 1, rest: "W\t0\t1\n") }
    }
}
