// What the parser says to scenarios that cannot be run, word for word.

import AeroLoad
import Testing

@Suite struct ScenarioErrorTests {
    /// A scenario text and the one line it must produce.
    struct Fault: Sendable, CustomTestStringConvertible {
        let text: String
        let message: String
        var testDescription: String { message }

        init(_ text: String, _ message: String) {
            self.text = text
            self.message = message
        }

        /// A fault in the only class; its keys start at line 5, column 5.
        init(class lines: String, _ message: String) {
            self.init(ScenarioFixture.withClass(lines), message)
        }
    }

    static let openLoop = "load: { schedule: constant, rate: 1k/s }"

    static let keyFaults = [
        Fault(
            class: "message-size: 1KiB\nload:\n  schedule: constant\n  rte: 1k/s",
            "scenario.yaml:8:7: unknown key \"rte\" in load; did you mean \"rate\"?"),
        Fault(
            "name: x\ndurration: 1s",
            "scenario.yaml:2:1: unknown key \"durration\" in the scenario; did you mean "
                + "\"duration\"?"),
        Fault(
            class: "message-size: 1KiB\nconsumers: 2",
            "scenario.yaml:6:5: unknown key \"consumers\" in class 0; did you mean "
                + "\"consumers-per-group\"?"),
        Fault("name: x\nfoo: 1", "scenario.yaml:2:1: unknown key \"foo\" in the scenario"),
        Fault(
            "name: x\nduration: 1s\nbroker: { shard: 1 }",
            "scenario.yaml:3:11: unknown key \"shard\" in broker; did you mean \"shards\"?"),
        Fault(
            "name: x\nname: y",
            "scenario.yaml:2:1: key \"name\" appears twice in the same mapping"),
        Fault("name: x", "scenario.yaml:1:1: the scenario needs the key \"duration\""),
        Fault(
            "name: x\nduration: 1s", "scenario.yaml:1:1: the scenario needs the key \"classes\""),
        Fault(
            class: "message-size: 1KiB",
            "scenario.yaml:4:5: class \"main\" needs the key \"load\""),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: constant }",
            "scenario.yaml:6:11: load needs the key \"rate\""),
        Fault(
            "name:\nduration: 1s",
            "scenario.yaml:1:6: name: expected a name (a-z, 0-9 and inner hyphens, at most "
                + "64 characters), found nothing"
        ),
    ]

    @Test(arguments: keyFaults)
    func keys(fault: Fault) { #expect(ScenarioFixture.message(fault.text) == fault.message) }

    static let valueFaults = [
        Fault(
            "name: Big Name\nduration: 1s",
            "scenario.yaml:1:7: name: \"Big Name\" is not a name (a-z, 0-9 and inner hyphens, at "
                + "most 64 characters)"),
        Fault(
            "name: x\nduration: 10",
            "scenario.yaml:2:11: duration: \"10\" needs one of the units ns, us, ms, s, m, h"),
        Fault(
            "name: x\nduration: 10sec",
            "scenario.yaml:2:11: duration: \"10sec\" needs one of the units ns, us, ms, s, m, h; "
                + "did you mean \"10s\"?"),
        Fault(
            "name: x\nduration: 10S",
            "scenario.yaml:2:11: duration: \"10S\" needs one of the units ns, us, ms, s, m, h; did "
                + "you mean \"10s\"?"),
        Fault(
            "name: x\nduration: soon",
            "scenario.yaml:2:11: duration: \"soon\" is not a duration such as 10s"),
        Fault(
            "name: x\nduration: -1s",
            "scenario.yaml:2:11: duration: \"-1s\" is not a duration such as 10s"),
        Fault(
            "name: x\nduration: 1ms",
            "scenario.yaml:2:11: duration: 1ms is out of range; it must be from 100ms to 24h"),
        Fault(
            "name: x\nduration: 99999999999999999999s",
            "scenario.yaml:2:11: duration: \"99999999999999999999s\" is not a duration such as "
                + "10s"),
        Fault(
            "name: x\nduration: [1s]",
            "scenario.yaml:2:11: duration: expected a duration such as 10s, found a list"),
        Fault(
            "name: x\nduration: 1s\nseed: -1",
            "scenario.yaml:3:7: seed: -1 is out of range; it must be from 0 to "
                + "18446744073709551615"),
        Fault(
            "name: x\nduration: 1s\nseed: 0x10",
            "scenario.yaml:3:7: seed: \"0x10\" is not a whole number"),
        Fault(
            "name: x\nduration: 1s\nworkers: 65",
            "scenario.yaml:3:10: workers: 65 is out of range; it must be from 1 to 64"),
        Fault(
            "name: x\nduration: 1s\nworkers: 99999999999999999999",
            "scenario.yaml:3:10: workers: 99999999999999999999 is out of range; it must be from 1 "
                + "to 64"),
        Fault(
            "name: x\nduration: 1s\nbroker: { buffers: poled }",
            "scenario.yaml:3:20: broker.buffers: \"poled\" is not one of pooled, native; did you "
                + "mean \"pooled\"?"),
        Fault(
            class: "message-size: 1Kib\n\(openLoop)",
            "scenario.yaml:5:19: main: message-size: \"1Kib\" needs one of the units B, KB, KiB, "
                + "MB, MiB, GB, GiB; did you mean \"1KiB\"?"),
        Fault(
            class: "message-size: 15B\n\(openLoop)",
            "scenario.yaml:5:19: main: message-size: 15B is out of range; it must be from 16B to "
                + "16MiB"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: constant, rate: 100k }",
            "scenario.yaml:6:39: load.rate: \"100k\" needs one of the units /s, k/s, M/s; did you "
                + "mean \"100k/s\"?"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: constant, rate: 0/s }",
            "scenario.yaml:6:39: load.rate: 0/s is out of range; it must be from 0.001/s to "
                + "1000M/s"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: poison, rate: 1/s }",
            "scenario.yaml:6:23: load.schedule: \"poison\" is not one of constant, poisson, "
                + "ramp, steps, burst, on-off, sine, trace, maximum, closed-loop; did you mean "
                + "\"poisson\"?"
        ),
        Fault(
            class: "message-size: 1KiB\n\(openLoop)\nacks: 2",
            "scenario.yaml:7:11: main: acks: \"2\" is not one of 0, 1, all"),
        Fault(
            class: "message-size: 1KiB\n\(openLoop)\ndurability: snyc",
            "scenario.yaml:7:17: main: durability: \"snyc\" is not one of volatile, os, interval "
                + "100ms, sync; did you mean \"sync\"?"),
        Fault(
            class: "message-size: 1KiB\n\(openLoop)\ndurability: interval",
            "scenario.yaml:7:17: main: durability: \"interval\" is not one of volatile, os, "
                + "interval 100ms, sync; did you mean \"interval 100ms\"?"),
        Fault(
            class: "message-size: 1KiB\n\(openLoop)\ndurability: interval 1us",
            "scenario.yaml:7:17: main: durability: 1us is out of range; it must be from 1ms to 1h"),
        Fault(
            class: "message-size: 1KiB\n\(openLoop)\ndurability: os\nsegment-size: 2GiB",
            "scenario.yaml:8:19: main: segment-size: 2GiB is out of range; it must be from 4KiB to "
                + "1GiB"),
        Fault(
            class: "message-size: 1KiB\nload: fast",
            "scenario.yaml:6:11: load: expected a mapping, found \"fast\""),
        Fault(
            "name: x\nduration: 1s\nclasses: []",
            "scenario.yaml:3:10: classes: 0 classes is out of range; it must be from 1 to 256"),
        Fault(
            "name: x\nduration: 1s\nclasses: { name: main }",
            "scenario.yaml:3:10: classes: expected a list, found a mapping"),
    ]

    @Test(arguments: valueFaults)
    func values(fault: Fault) { #expect(ScenarioFixture.message(fault.text) == fault.message) }

    static let contradictoryFaults = [
        Fault(
            class:
                "topics: 2\npartitions: 2\nconsumers-per-group: 5\nmessage-size: 1KiB\n\(openLoop)",
            "scenario.yaml:7:26: main: consumers-per-group: 5 consumers of a group cannot share 4 "
                + "partitions (2 topics x 2); 1 would never get a message"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: closed-loop, rate: 1/s }",
            "scenario.yaml:6:42: load.rate: closed-loop follows the target and has no rate; remove "
                + "rate, or use constant or poisson"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: maximum, rate: 1/s }",
            "scenario.yaml:6:38: load.rate: maximum follows the target and has no rate; remove "
                + "rate, or use constant or poisson"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: constant, rate: 1/s, in-flight: 9 }",
            "scenario.yaml:6:55: load.in-flight: constant is an open loop, which sends on time "
                + "whatever is in flight; remove in-flight, or use maximum or closed-loop"),
        Fault(
            class: "message-size: 1KiB\nload: { schedule: closed-loop }\nacks: 0",
            "scenario.yaml:7:11: main: acks: a closed loop waits for acknowledgements, and acks: 0 "
                + "asks for none"),
        Fault(
            class: "message-size: 1KiB\n\(openLoop)\nsegment-size: 1MiB",
            "scenario.yaml:7:19: main: segment-size: a volatile topic has no segments; name a "
                + "durability"),
        Fault(
            class: "message-size: 2KiB\n\(openLoop)\nbatch: { bytes: 1KiB }",
            "scenario.yaml:7:21: batch.bytes: a batch of 1KiB cannot hold one message of 2KiB"),
        Fault(
            class: "topics: 1000\npartitions: 66\nmessage-size: 1KiB\n\(openLoop)",
            "scenario.yaml:6:17: main: partitions: 1000 topics x 66 partitions are 66000; the "
                + "limit is 65536"),
        Fault(
            class: "partitions: 1000\nproducers: 5000\nmessage-size: 1KiB\n\(openLoop)",
            "scenario.yaml:6:16: main: producers: 5000 producers x 1000 partitions are more than "
                + "the 4194304 pairs the ledger follows"),
        Fault(
            class: "producers: 257\nmessage-size: 31B\n\(openLoop)",
            "scenario.yaml:5:16: main: producers: messages below 32B carry the compact stamp, "
                + "which can tell 256 producers apart, not 257"),
        Fault(
            class: "partitions: 257\nmessage-size: 31B\n\(openLoop)",
            "scenario.yaml:5:17: main: partitions: messages below 32B carry the compact stamp, "
                + "which can tell 256 partitions apart, not 257"),
        Fault(
            class: "groups: 1000\npartitions: 100\nconsumers-per-group: 100\nmessage-size: 1KiB\n"
                + openLoop,
            "scenario.yaml:4:3: classes: all classes together have 100001 producers and consumers; "
                + "the limit is 65536"),
        Fault(
            "name: x\nduration: 24h\ninterval: 100ms\nclasses: [{name: a, message-size: 1KiB, "
                + "\(openLoop)}]",
            "scenario.yaml:3:11: interval: the run would have 864020 intervals; at most 100000 "
                + "fit into a result"),
        Fault(
            "name: x\nduration: 1s\nclasses:\n- {name: a, message-size: 1KiB, \(openLoop)}\n"
                + "- {name: a, message-size: 1KiB, \(openLoop)}",
            "scenario.yaml:5:3: two classes have the name \"a\""),
    ]

    @Test(arguments: contradictoryFaults)
    func contradictions(fault: Fault) {
        #expect(ScenarioFixture.message(fault.text) == fault.message)
    }

    @Test func compactStampsTellSixteenClassesApart() {
        let classes = (0..<17).map { "- {name: c\($0), message-size: 20B, \(Self.openLoop)}" }
        let text = "name: x\nduration: 1s\nclasses:\n" + classes.joined(separator: "\n")
        #expect(
            ScenarioFixture.message(text)
                == "scenario.yaml:20:29: c16: message-size: messages below 32B carry the compact "
                + "stamp, which can tell 16 classes apart; put this class among the first 16")
    }
}
