// The broker's data directory from outside: killed, started again, fought over, damaged.

import AeroIO
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DurableBrokerTests {
    /// The lines that `aeromq produce` says were stored, in order.
    private func consume(_ topic: String, _ count: Int, from address: String) throws -> [String] {
        let finished = try Executables.run(
            "aeromq", ["consume", topic, "--count", "\(count)", "--endpoint", address])
        #expect(finished.code == 0, "\(finished.transcript)")
        return finished.output
    }

    private func produce(_ lines: Range<Int>, to topic: String, at address: String) throws {
        let finished = try Executables.shell(
            "seq \(lines.lowerBound) \(lines.upperBound - 1) "
                + "| $BIN/aeromq produce \(topic) --endpoint \(address)")
        #expect(finished.code == 0, "\(finished.transcript)")
    }

    private func create(_ topic: String, _ options: [String], at address: String) throws {
        let finished = try Executables.run(
            "aeromq", ["topic", "create", topic, "--endpoint", address] + options)
        #expect(finished.code == 0, "\(finished.transcript)")
    }

    /// Whatever was acknowledged is there after each kill, in order, once.
    @Test(arguments: ["os", "interval:20ms", "sync"])
    func nothingAcknowledgedIsLostByKilling(durability: String) throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        var next = 1
        for life in 0..<4 {
            let broker = try RunningBroker(["--data", data, "--shards", "2"])
            if life == 0 {
                try create(
                    "kept",
                    ["--durability", durability, "--set", "segment.bytes=16KiB"],
                    at: broker.address)
            } else {
                #expect(
                    try consume("kept", next - 1, from: broker.address)
                        == (1..<next).map(String.init))
            }
            let end = next + 3_000 + life * 1_000
            try produce(next..<end, to: "kept", at: broker.address)
            next = end
            #expect(try broker.end(SIGKILL) == .signaled(SIGKILL))
        }
    }

    /// A producer that goes on while its broker is killed and started again: each line is stored
    /// once, in its place.
    @Test func aProducerOutlivesItsBroker() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        let lineCount = 300_000
        var broker = try RunningBroker(["--data", data])
        let port = broker.port
        try create(
            "kept", ["--durability", "sync", "--set", "segment.bytes=1MiB"], at: broker.address)
        var options = ChildProcessOptions(
            path: "/bin/sh",
            arguments: [
                "-c",
                "seq 1 \(lineCount) | \(Executables.folder)/aeromq produce kept --batch-size 2KiB"
                    + " --endpoint \(broker.address)",
            ])
        options.error = .pipe
        var producer = try ChildProcess(options)
        for life in 1...4 {
            _ = try consume("kept", life * 5_000, from: broker.address)
            #expect(try broker.end(SIGKILL) == .signaled(SIGKILL))
            let now = MonotonicClock.nowNanoseconds()
            #expect(
                try producer.wait(deadlineNanoseconds: now) == nil,
                "the producer was done before kill \(life): nothing was tried")
            broker = try RunningBroker(["--data", data], port: port)
        }
        let finished = try Executables.finish(producer)
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(
            try consume("kept", lineCount, from: broker.address)
                == (1...lineCount).map(String.init))
        try produce(lineCount + 1..<lineCount + 2, to: "kept", at: broker.address)
        // The line behind the last one: nothing was stored a second time.
        let last = try Executables.run(
            "aeromq",
            [
                "consume", "kept", "--count", "1", "--from", "\(lineCount)", "--endpoint",
                broker.address,
            ])
        #expect(last.output == ["\(lineCount + 1)"], "\(last.transcript)")
    }

    @Test func aVolatileTopicIsGoneAndADurableOneIsNot() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        let first = try RunningBroker(["--data", data])
        try create("gone", ["--durability", "volatile"], at: first.address)
        try create("kept", [], at: first.address)
        try create("deleted", [], at: first.address)
        let deleted = try Executables.run(
            "aeromq", ["topic", "delete", "deleted", "--endpoint", first.address])
        #expect(deleted.code == 0)
        #expect(try first.end(SIGTERM) == .exited(code: 0))
        let second = try RunningBroker(["--data", data])
        let listed = try Executables.run(
            "aeromq", ["topic", "list", "--endpoint", second.address])
        #expect(listed.output == ["kept"])
    }

    @Test func aDataDirectoryBelongsToOneBroker() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        let broker = try RunningBroker(["--data", data])
        let second = try Executables.run(
            "aeromq", ["serve", "--listen", "127.0.0.1:0", "--data", data])
        #expect(second.code == 1)
        #expect(second.errors.joined().contains("in use by another broker"))
        withExtendedLifetime(broker) {}
    }

    @Test func foreignFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: false)
        try Data("x".utf8).write(to: URL(fileURLWithPath: data + "/letter.txt"))
        let finished = try Executables.run(
            "aeromq", ["serve", "--listen", "127.0.0.1:0", "--data", data])
        #expect(finished.code == 1)
        #expect(finished.errors.joined().contains("letter.txt"))
    }

    /// A byte that went bad where everything was known to be durable: that partition is refused,
    /// the others are served, and the file stays as it is.
    @Test func damageBelowTheRecoveryPointIsRefusedAndLeftAlone() throws {
        let folder = try TemporaryFolder()
        let data = folder.file("data")
        let first = try RunningBroker(["--data", data])
        for topic in ["bad", "good"] {
            try create(topic, [], at: first.address)
            try produce(1..<200, to: topic, at: first.address)
        }
        #expect(try first.end(SIGTERM) == .exited(code: 0))
        let log = URL(fileURLWithPath: data + "/topics/bad.1/0/00000000000000000000.log")
        var bytes = try Data(contentsOf: log)
        bytes[bytes.count / 2] ^= 0x10
        try bytes.write(to: log)
        let second = try RunningBroker(["--data", data])
        #expect(
            try consume("good", 199, from: second.address) == (1..<200).map(String.init))
        let refused = try Executables.shell(
            "echo more | $BIN/aeromq produce bad --endpoint \(second.address)")
        #expect(refused.code == 1)
        #expect(refused.errors.joined().contains("damaged"), "\(refused.transcript)")
        #expect(try Data(contentsOf: log) == bytes)
    }
}
