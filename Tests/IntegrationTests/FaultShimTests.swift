// System calls of another process that are made to fail, and what a real disk makes of them.

import AeroIO
import FaultSupport
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct FaultShimTests {
    /// Runs `DiskProbe` under rules; `$D` in rules and calls is a fresh folder.
    private func probe(
        _ rules: [String], _ calls: [String], in folder: TemporaryFolder, switched: Bool = false
    ) throws -> (finished: Finished, log: [String]) {
        func full(_ text: String) -> String {
            text.split(separator: "$D", omittingEmptySubsequences: false)
                .joined(separator: folder.path)
        }
        var options = Executables.options("DiskProbe", calls.map(full))
        options.environment = try FaultShim.environment(
            rules.map(full), whileExists: switched ? folder.file("full") : nil,
            log: folder.file("log"))
        let finished = try Executables.finish(try ChildProcess(options))
        var log: [String] = []
        do throws(Errno) {
            let text = try SystemDisk().readFile(folder.file("log"), limit: 1 << 16)
            log = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        } catch {
            // Nothing took effect.
            #expect(error == .noSuchFile)
        }
        return (finished, log)
    }

    @Test func withoutRulesNothingFails() throws {
        let folder = try TemporaryFolder()
        let (finished, log) = try probe(
            [],
            [
                "mkdir:$D/d", "create:$D/d/a", "write:1000", "sync", "syncdir:$D/d", "syncfs:$D",
                "truncate:500", "read:1000", "send:500", "rename:$D/d/a", "remove:$D/d/a.renamed",
            ], in: folder)
        #expect(
            finished.output == [
                "mkdir ok", "create ok", "write ok", "sync ok", "syncdir ok", "syncfs ok",
                "truncate ok", "read 500", "send 500", "rename ok", "remove ok",
            ], "\(finished.transcript)")
        #expect(finished.code == 0 && log.isEmpty)
    }

    @Test func eachCallFailsWithWhatItIsTold() throws {
        let folder = try TemporaryFolder()
        let (finished, log) = try probe(
            [
                "pwrite:EIO:path=a.log", "fdatasync:EIO:path=a.log", "fsync:EIO:path=$D",
                "syncfs:EIO", "ftruncate:EDQUOT", "pread:EIO", "sendfile:EIO", "mkdir:EROFS",
                "rename:ENOSPC", "unlink:EROFS", "open:EMFILE:path=b.log",
            ],
            [
                "create:$D/a.log", "write:10", "sync", "syncdir:$D", "syncfs:$D", "truncate:5",
                "read:10", "send:1", "mkdir:$D/d", "rename:$D/a.log", "remove:$D/a.log",
                "create:$D/b.log", "open:$D/b.log", "size",
            ], in: folder)
        #expect(
            finished.output == [
                "create ok", "write EIO", "sync EIO", "syncdir EIO", "syncfs EIO",
                "truncate EDQUOT", "read EIO", "send EIO", "mkdir EROFS", "rename ENOSPC",
                "remove EROFS", "create EMFILE", "open EMFILE", "size 0",
            ], "\(finished.transcript)")
        #expect(log.count == 12)
        #expect(log.first == "pwrite EIO \(folder.file("a.log"))")
    }

    @Test func aDiskFillsUpAndHasRoomAgain() throws {
        let folder = try TemporaryFolder()
        let (finished, log) = try probe(
            ["pwrite:ENOSPC:path=a.log:room=1500"],
            [
                "create:$D/a.log", "write:2000", "truncate:0", "create:$D/full", "open:$D/a.log",
                "write:1000", "write:1000", "size", "truncate:1000", "write:1", "remove:$D/full",
                "write:1000", "sync", "size",
            ], in: folder, switched: true)
        #expect(
            finished.output == [
                "create ok", "write ok", "truncate ok", "create ok", "open ok",
                // 500 of it are there, as the file's size tells.
                "write ok", "write ENOSPC", "size 1500", "truncate ok", "write ENOSPC",
                "remove ok", "write ok", "sync ok", "size 2000",
            ], "\(finished.transcript)")
        #expect(log.allSatisfy { $0.hasPrefix("pwrite ENOSPC ") } && log.count >= 2)
    }

    /// Whatever is lacking, a file that is replaced has the old content or the new.
    @Test(
        arguments: [
            "open:ENOSPC:path=.tmp", "pwrite:ENOSPC:path=.tmp:room=1", "fdatasync:EIO:path=.tmp",
            "rename:ENOSPC", "fsync:EIO",
        ])
    func aReplacedFileStaysWhole(_ rule: String) throws {
        let folder = try TemporaryFolder()
        try SystemDisk().replaceFile(folder.file("state"), with: Array("old".utf8))
        let (finished, _) = try probe(
            [rule], ["replace:$D/state", "content:$D/state"], in: folder)
        let isRenamed = rule.hasPrefix("fsync")
        let error = rule.contains("EIO") ? "EIO" : "ENOSPC"
        #expect(
            finished.output == ["replace \(error)", "content \(isRenamed ? "new" : "old")"],
            "\(finished.transcript)")
        #expect(try SystemDisk().entries(of: folder.path).count == 2)
    }

    @Test func shortCallsAreCompleted() throws {
        let folder = try TemporaryFolder()
        let (finished, log) = try probe(
            ["pwrite:SHORT", "pread:SHORT", "sendfile:SHORT"],
            ["create:$D/a", "write:1000", "size", "read:1000", "send:1000"], in: folder)
        #expect(
            finished.output == [
                "create ok", "write ok", "size 1000", "read 1000", "send 500",
            ], "\(finished.transcript)")
        #expect(log.count > 20)
    }

    @Test func aProcessIsKilledInTheMiddleOfAWrite() throws {
        let folder = try TemporaryFolder()
        let (finished, log) = try probe(
            ["pwrite:KILL:path=a.log:room=1700"],
            ["create:$D/a.log", "write:1000", "sync", "write:1000", "sync"], in: folder)
        #expect(finished.output == ["create ok", "write ok", "sync ok"])
        #expect(finished.status == .signaled(SIGKILL))
        #expect(log == ["pwrite KILL \(folder.file("a.log"))"])
        #expect(try SystemDisk().open(folder.file("a.log")).byteCount() == 1700)
    }

    @Test func callsAreSkippedAndCounted() throws {
        let folder = try TemporaryFolder()
        let (finished, _) = try probe(
            ["fdatasync:EIO:skip=1:count=2", "fdatasync:DELAY:ms=30:skip=4"],
            ["create:$D/a"] + [String](repeating: "sync", count: 5), in: folder)
        #expect(
            finished.output == [
                "create ok", "sync ok", "sync EIO", "sync EIO", "sync ok", "sync ok",
            ])
    }

    /// A test under a rule that nobody understands would pass for nothing.
    @Test(arguments: [
        "pwrite:EOI", "pwirte:EIO", "pwrite", "pwrite:EIO:pth=x", "pwrite:EIO:skip=x",
    ])
    func aRuleThatMeansNothingEndsTheProcess(_ rule: String) throws {
        let folder = try TemporaryFolder()
        let (finished, _) = try probe([rule], ["create:$D/a"], in: folder)
        #expect(finished.code == 125 && finished.errors.first?.hasPrefix("fault_shim: ") == true)
    }
}
