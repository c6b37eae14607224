// Messages through the command line: topics, produce, consume, statistics.

import AeroIO
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RoundTripTests {
    private let broker: RunningBroker

    init() throws { broker = try RunningBroker() }

    private func aeromq(_ words: String...) throws -> Finished {
        try Executables.run("aeromq", words + ["--endpoint", broker.address])
    }

    private func shell(_ line: String) throws -> Finished {
        try Executables.shell("ENDPOINT=\(broker.address); \(line)")
    }

    @Test func topicsAreCreatedListedDescribedAndDeleted() throws {
        #expect(try aeromq("topic", "create", "orders", "--partitions", "3").code == 0)
        #expect(try aeromq("topic", "create", "audit").code == 0)
        #expect(try aeromq("topic", "list").output == ["audit", "orders"])
        let described = try aeromq("topic", "describe", "orders")
        #expect(described.code == 0)
        #expect(described.output.count == 5, "\(described.transcript)")
        let again = try aeromq("topic", "create", "orders")
        #expect(again.code == 1)
        #expect(again.errors.joined().contains("exists"))
        #expect(try aeromq("topic", "delete", "audit").code == 0)
        #expect(try aeromq("topic", "list").output == ["orders"])
        let gone = try aeromq("topic", "describe", "audit")
        #expect(gone.code == 1)
        #expect(gone.errors.joined().contains("topic list"), "it says what to do")
    }

    @Test(arguments: ["", "--pull"]) func linesComeBackInOrder(mode: String) throws {
        #expect(try aeromq("topic", "create", "lines").code == 0)
        let produced = try shell(
            "seq 1 5000 | $BIN/aeromq produce lines --endpoint $ENDPOINT")
        #expect(produced.code == 0, "\(produced.transcript)")
        let consumed = try shell(
            "$BIN/aeromq consume lines --count 5000 \(mode) --endpoint $ENDPOINT")
        #expect(consumed.code == 0, "\(consumed.errors)")
        #expect(consumed.output == (1...5_000).map(String.init))
    }

    @Test func replayMayBeginAtATime() throws {
        #expect(try aeromq("topic", "create", "lines").code == 0)
        for line in ["old", "older"] {
            #expect(
                try shell("echo \(line) | $BIN/aeromq produce lines --endpoint $ENDPOINT").code == 0
            )
        }
        // A process takes longer to start than this clock's step.
        let now = Int64(Date().timeIntervalSince1970 * 1_000) + 1
        #expect(try shell("echo new | $BIN/aeromq produce lines --endpoint $ENDPOINT").code == 0)
        let replay = try aeromq("consume", "lines", "--from", "time:\(now)", "--count", "1")
        #expect(replay.output == ["new"], "\(replay.transcript)")
        let all = try aeromq("consume", "lines", "--from", "time:0", "--count", "3")
        #expect(all.output == ["old", "older", "new"], "\(all.transcript)")
    }

    @Test(arguments: ["gzip", "snappy", "lz4", "zstd"])
    func compressedLinesComeBackAndTakeLessRoom(codec: String) throws {
        #expect(try aeromq("topic", "create", "plain").code == 0)
        #expect(try aeromq("topic", "create", "small").code == 0)
        for (topic, codec) in [("plain", "none"), ("small", codec)] {
            let produced = try shell(
                "seq 100001 105000 | "
                    + "$BIN/aeromq produce \(topic) --compression \(codec) --endpoint $ENDPOINT")
            #expect(produced.code == 0, "\(produced.transcript)")
        }
        let consumed = try aeromq("consume", "small", "--count", "5000")
        #expect(consumed.output == (100_001...105_000).map(String.init))
        #expect(try storedByteCount("small") < 7 * storedByteCount("plain") / 10)
        let wrong = try aeromq("produce", "small", "--compression", "zst", "--count", "1")
        #expect(wrong.code == 1)
        #expect(wrong.errors.joined().contains("did you mean \"zstd\""), "\(wrong.errors)")
    }

    private func storedByteCount(_ topic: String) throws -> Int {
        let text = try aeromq("topic", "describe", topic, "--json").output.joined()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let partitions = try #require(object?["partitions"] as? [[String: Any]])
        return try #require(partitions[0]["storedBytes"] as? Int)
    }

    @Test func keysAndFormatsAreKept() throws {
        #expect(try aeromq("topic", "create", "keys").code == 0)
        let produced = try shell(
            "printf 'k1:a\\nno key\\nk2:b:c' | "
                + "$BIN/aeromq produce keys --key-separator : --endpoint $ENDPOINT")
        #expect(produced.code == 0, "\(produced.transcript)")
        let pairs = try aeromq(
            "consume", "keys", "--count", "3", "--format", "key-value", "--key-separator", "=")
        #expect(pairs.output == ["k1=a", "no key", "k2=b:c"])
        let lines = try aeromq("consume", "keys", "--count", "3", "--format", "json").output
        let objects = try lines.map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        #expect(objects.map { $0?["key"] as? String } == ["k1", nil, "k2"])
        #expect(objects.map { $0?["value"] as? String } == ["a", "no key", "b:c"])
        #expect(objects.map { $0?["offset"] as? Int } == [0, 1, 2])
    }

    @Test func groupGoesOnWhereItEnded() throws {
        #expect(try aeromq("topic", "create", "jobs").code == 0)
        #expect(try shell("seq 1 10 | $BIN/aeromq produce jobs --endpoint $ENDPOINT").code == 0)
        let first = try aeromq("consume", "jobs", "--group", "g", "--count", "4")
        #expect(first.output == ["1", "2", "3", "4"], "\(first.transcript)")
        let second = try aeromq("consume", "jobs", "--group", "g", "--count", "6")
        #expect(second.output == (5...10).map(String.init), "\(second.transcript)")
        let offset = try aeromq("consume", "jobs", "--from", "7", "--count", "1")
        #expect(offset.output == ["8"])
    }

    @Test func interruptEndsAConsumerCleanly() throws {
        #expect(try aeromq("topic", "create", "endless").code == 0)
        #expect(try shell("echo one | $BIN/aeromq produce endless --endpoint $ENDPOINT").code == 0)
        var process = try ChildProcess(
            Executables.options(
                "aeromq", ["consume", "endless", "--endpoint", broker.address]))
        let reading = try process.readLine(deadlineNanoseconds: Executables.deadline)
        #expect(reading == .line("one"))
        process.kill(SIGINT)
        let finished = try Executables.finish(process)
        #expect(finished.code == 0, "\(finished.transcript)")
    }

    @Test func madeUpMessagesAreCounted() throws {
        #expect(try aeromq("topic", "create", "many").code == 0)
        let produced = try aeromq("produce", "many", "--count", "1000", "--size", "1KiB")
        #expect(produced.code == 0, "\(produced.transcript)")
        let statistics = try aeromq("statistics", "--json")
        let data = Data(statistics.output.joined().utf8)
        let figures = try JSONSerialization.jsonObject(with: data) as? [String: Double]
        #expect(figures?["records.appended"] == 1_000)
        let rate = try #require(figures?["pool.hit_rate"])
        #expect(rate > 0 && rate <= 1)
    }

    @Test func unknownTopicAndUnreachableBrokerAreExplained() throws {
        let topic = try aeromq("produce", "nowhere", "--count", "1")
        #expect(topic.code == 1)
        #expect(topic.errors.joined().contains("topic"), "\(topic.transcript)")
        #expect(try broker.end(SIGTERM) == .exited(code: 0))
        let gone = try aeromq("topic", "list")
        #expect(gone.code == 1)
        #expect(gone.errors.joined().contains("aeromq serve"), "\(gone.transcript)")
    }
}
