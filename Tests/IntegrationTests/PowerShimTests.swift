// What a real process does to files, as the power shim writes it down.

import AeroIO
import FaultSupport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PowerShimTests {
    /// The journal of `DiskProbe`; `$D` is the folder, also in the lines.
    private func journal(_ calls: [String], _ folder: TemporaryFolder) throws -> [String] {
        let root = folder.file("disk")
        try SystemDisk().createDirectory(root)
        func full(_ text: String) -> String {
            text.split(separator: "$D", omittingEmptySubsequences: false).joined(separator: root)
        }
        var options = Executables.options("DiskProbe", calls.map(full))
        options.environment = try PowerShim.environment(
            root: root, journal: folder.file("journal"))
        let finished = try Executables.finish(try ChildProcess(options))
        #expect(finished.code == 0, "\(finished.transcript)")
        let bytes = try SystemDisk().readFile(folder.file("journal"), limit: 1 << 20)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: root, omittingEmptySubsequences: false).joined(separator: "$D")
        }
    }

    @Test func everyChangeIsWrittenDownInOrder() throws {
        let folder = try TemporaryFolder()
        let lines = try journal(
            [
                "mkdir:$D/d", "create:$D/d/a", "write:1000", "sync", "syncdir:$D/d",
                "syncfs:$D", "truncate:500", "read:100", "rename:$D/d/a", "remove:$D/d/a.renamed",
            ], folder)
        // Each sync and each change of names takes a number.
        let backup = folder.file("journal") + ".4"
        #expect(
            lines == [
                "M\t$D/d", "C\t$D/d/a", "W\t0\t1000\t$D/d/a", "B\t0\tf\t$D/d/a", "E\t0",
                "B\t1\td\t$D/d", "E\t1", "B\t2\ts\t$D", "E\t2", "T\t500\t$D/d/a",
                "R\t$D/d/a\t$D/d/a.renamed\t-", "U\t$D/d/a.renamed\t\(backup)",
            ])
        #expect(try SystemDisk().readFile(backup, limit: 1_000).count == 500)
    }

    /// A replaced file can be brought back; a call that fails leaves no line.
    @Test func whatIsReplacedIsKept() throws {
        let folder = try TemporaryFolder()
        let lines = try journal(
            ["create:$D/state", "write:3", "replace:$D/state", "mkdir:$D/state"], folder)
        let renamed = try #require(lines.first { $0.hasPrefix("R\t") })
        let backup = try #require(renamed.split(separator: "\t").last.map(String.init))
        #expect(try SystemDisk().readFile(backup, limit: 10) == Array("xxx".utf8))
        #expect(!lines.contains { $0.hasPrefix("M") })
    }

    @Test func filesElsewhereAreNotItsBusiness() throws {
        let folder = try TemporaryFolder()
        let lines = try journal(
            ["create:\(folder.file("other"))", "write:10", "sync", "create:$D/a"], folder)
        #expect(lines == ["C\t$D/a"])
    }
}
