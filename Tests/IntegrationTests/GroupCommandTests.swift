// Consumer groups through the command line: consume, list, describe, reset, delete.

import AeroIO
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct GroupCommandTests {
    private let folder: TemporaryFolder
    private let broker: RunningBroker

    init() throws {
        folder = try TemporaryFolder()
        broker = try RunningBroker(["--data", folder.file("data"), "--shards", "2"])
    }

    private func aeromq(_ words: String...) throws -> Finished {
        try Executables.run("aeromq", words + ["--endpoint", broker.address])
    }

    private func produce(_ topic: String, _ count: Int) throws {
        let line = "seq 1 \(count) | $BIN/aeromq produce \(topic) --endpoint \(broker.address)"
        let produced = try Executables.shell(line)
        #expect(produced.code == 0, "\(produced.transcript)")
    }

    private func object(_ finished: Finished) throws -> [String: Any] {
        let data = Data(finished.output.joined().utf8)
        return try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any],
            "\(finished.transcript)")
    }

    private func committed(_ group: String) throws -> [Int] {
        let described = try object(try aeromq("group", "describe", group, "--format", "json"))
        let offsets = try #require(described["offsets"] as? [[String: Any]])
        return offsets.compactMap { $0["committed"] as? Int }
    }

    @Test func aGroupIsConsumedListedResetAndDeleted() throws {
        #expect(try aeromq("topic", "create", "jobs").code == 0)
        #expect(try aeromq("group", "list").output.isEmpty)
        try produce("jobs", 10)
        let first = try aeromq("consume", "jobs", "--group", "g", "--count", "4")
        #expect(first.output == ["1", "2", "3", "4"], "\(first.transcript)")

        let list = try aeromq("group", "list")
        #expect(list.code == 0 && list.output.count == 2, "\(list.transcript)")
        #expect(list.output[1].contains("g") && list.output[1].contains("sticky"))
        let described = try object(try aeromq("group", "describe", "g", "--format", "json"))
        #expect(described["state"] as? String == "empty" && described["lag"] as? Int == 6)
        #expect(try committed("g") == [4])
        let text = try aeromq("group", "describe", "g")
        #expect(text.output[0].contains("lag 6"), "\(text.transcript)")
        #expect(text.output[2].contains("jobs/0"))

        let dry = try aeromq("group", "reset", "g", "--to", "earliest", "--dry-run")
        #expect(dry.code == 0 && dry.errors.joined().contains("nothing was set"))
        #expect(try committed("g") == [4])
        let reset = try object(
            try aeromq("group", "reset", "g", "--to", "offset:7", "--format", "json"))
        #expect(reset["done"] as? Bool == true)
        let rest = try aeromq("consume", "jobs", "--group", "g", "--count", "3")
        #expect(rest.output == ["8", "9", "10"], "\(rest.transcript)")
        let beyond = try aeromq("group", "reset", "g", "--to", "offset:99")
        #expect(beyond.output.joined().contains("there are no more yet"), "\(beyond.transcript)")
        #expect(try committed("g") == [10])
        for target in ["earliest", "time:2020-01-01T00:00:00Z"] {
            #expect(try aeromq("group", "reset", "g", "--to", target).code == 0)
            #expect(try committed("g") == [0], "\(target)")
        }
        for target in ["latest", "time:2100-01-01"] {
            #expect(try aeromq("group", "reset", "g", "--to", target).code == 0)
            #expect(try committed("g") == [10], "\(target)")
        }
        #expect(try aeromq("group", "delete", "g").output == ["deleted g"])
        let gone = try aeromq("group", "describe", "g")
        #expect(gone.code == 1 && gone.errors.joined().contains("group list"), "it says what to do")
    }

    @Test func aGroupIsMadeByAReset() throws {
        #expect(try aeromq("topic", "create", "jobs", "--partitions", "3").code == 0)
        let nothing = try aeromq("group", "reset", "new", "--to", "latest")
        #expect(nothing.code == 1, "\(nothing.transcript)")
        #expect(
            try aeromq(
                "group", "reset", "new", "--to", "latest", "--topic", "jobs", "--partition", "2"
            ).code == 0)
        #expect(try committed("new") == [0])
        #expect(
            try aeromq("group", "reset", "new", "--to", "latest", "--topic", "jobs").code == 0)
        #expect(try committed("new") == [0, 0, 0])
        let unknown = try aeromq(
            "group", "reset", "new", "--to", "latest", "--topic", "jobs", "--partition", "3")
        #expect(unknown.errors.joined().contains("there is no partition 3"))
    }

    /// Two processes share a topic; while they run, the group cannot be moved.
    @Test func twoProcessesShareATopic() throws {
        #expect(try aeromq("topic", "create", "jobs", "--partitions", "4").code == 0)
        try produce("jobs", 1)
        let words = ["consume", "jobs", "--group", "g", "--endpoint", broker.address]
        var first = try ChildProcess(
            Executables.options("aeromq", words + ["--instance-id", "one"]))
        #expect(try first.readLine(deadlineNanoseconds: Executables.deadline) == .line("1"))
        let second = try ChildProcess(Executables.options("aeromq", words))
        var partitionCounts: [Int] = []
        // BOUND: the suite's time limit.
        while partitionCounts != [2, 2] {
            let described = try object(try aeromq("group", "describe", "g", "--format", "json"))
            let members = try #require(described["members"] as? [[String: Any]])
            partitionCounts = members.map { ($0["partitions"] as? [Any])?.count ?? 0 }
        }
        let busy = try aeromq("group", "reset", "g", "--to", "earliest")
        #expect(busy.code == 1 && busy.errors.joined().contains("2 members"), "\(busy.transcript)")
        let occupied = try aeromq("group", "delete", "g")
        #expect(occupied.code == 1 && occupied.errors.joined().contains("members"))
        let other = try aeromq("consume", "jobs", "--group", "g", "--strategy", "by-circle")
        #expect(
            other.code == 1 && other.errors.joined().contains("strategy"), "\(other.transcript)")
        first.kill(SIGINT)
        second.kill(SIGTERM)
        for finished in [try Executables.finish(first), try Executables.finish(second)] {
            #expect(finished.code == 0, "\(finished.transcript)")
        }
    }

    @Test func broadcastingKeepsItsPlaceInAFile() throws {
        #expect(try aeromq("topic", "create", "news").code == 0)
        try produce("news", 5)
        for name in ["a", "b"] {
            let all = try aeromq(
                "consume", "news", "--group", "g", "--broadcast", folder.file(name), "--count", "3")
            #expect(all.output == ["1", "2", "3"], "\(all.transcript)")
        }
        let rest = try aeromq(
            "consume", "news", "--group", "g", "--broadcast", folder.file("a"), "--count", "2")
        #expect(rest.output == ["4", "5"], "\(rest.transcript)")
        let other = try aeromq(
            "consume", "news", "--group", "h", "--broadcast", folder.file("a"), "--count", "1")
        #expect(other.code == 1 && other.errors.joined().contains("belongs to group 'g'"))
    }

    @Test func positionsSurviveAKilledBroker() throws {
        #expect(try aeromq("topic", "create", "jobs").code == 0)
        try produce("jobs", 10)
        #expect(try aeromq("consume", "jobs", "--group", "g", "--count", "6").code == 0)
        #expect(try broker.end(SIGKILL) != nil)
        let next = try RunningBroker(["--data", folder.file("data")])
        let rest = try Executables.run(
            "aeromq",
            ["consume", "jobs", "--group", "g", "--count", "4", "--endpoint", next.address])
        #expect(rest.output == ["7", "8", "9", "10"], "\(rest.transcript)")
        #expect(try next.end(SIGTERM) == .exited(code: 0))
    }

    @Test func whatIsMisspeltIsExplained() throws {
        let target = try aeromq("group", "reset", "g", "--to", "ealiest")
        #expect(target.code == 1 && target.errors.joined().contains("did you mean \"earliest\"?"))
        let command = try aeromq("group", "lst")
        #expect(command.code == 1 && command.errors.joined().contains("did you mean \"list\"?"))
        let topic = try aeromq("consume", "nowhere", "--group", "g")
        #expect(topic.code == 1 && topic.errors.joined().contains("topic list"))
    }
}
