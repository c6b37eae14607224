// Where a group is reset to, as it is written on the command line.

import AeroClient
import Testing

@testable import AeroCommand

struct ResetTargetTests {
    @Test(
        arguments: [
            ("earliest", .earliest), ("latest", .latest), ("offset:0", .offset(0)),
            ("offset:1000", .offset(1_000)), ("time:0", .time(0)),
            ("time:1700000000000", .time(1_700_000_000_000)),
            ("time:2025-03-01T14:30:00Z", .time(1_740_839_400_000)),
        ] as [(String, ResetTarget)])
    func targetsAreRead(text: String, target: ResetTarget) throws {
        #expect(try ResetTarget(text) == target)
    }

    @Test(arguments: [
        "", "first", "offset", "offset:", "offset:-1", "offset:x", "time:", "time:yesterday",
        "earliest:1", "latest:",
    ])
    func whatIsNoTargetIsExplained(text: String) {
        #expect { try ResetTarget(text) } throws: { error in
            guard case .usage(let message)? = error as? CommandError else { return false }
            return message.hasPrefix("--to: ")
        }
    }

    @Test func aMisspeltTargetNamesTheNearest() {
        #expect { try ResetTarget("latets") } throws: { error in
            (error as? CommandError)?.message.contains("did you mean \"latest\"?") == true
        }
    }

    /// Checked against `date -u -d TEXT +%s`.
    @Test(
        arguments: [
            ("1970-01-01", 0), ("2000-02-29", 951_782_400_000), ("2100-03-01", 4_107_542_400_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000), ("2025-03-01T14:30", 1_740_839_400_000),
            ("2025-03-01 14:30:15", 1_740_839_415_000),
            ("2025-03-01T14:30:15.5Z", 1_740_839_415_500),
            ("2025-03-01T14:30:15.123456Z", 1_740_839_415_123),
            ("2025-03-01T14:30:15+02:00", 1_740_832_215_000),
            ("2025-03-01T14:30:15-0530", 1_740_859_215_000),
            ("2025-03-01T14:30+02", 1_740_832_200_000), ("17", 17),
        ] as [(String, Int64)])
    func instantsAreRead(text: String, milliseconds: Int64) {
        #expect(InstantText.parse(text) == milliseconds)
    }

    @Test(arguments: [
        "-1", "2025-13-01", "2025-02-29", "2025-00-10", "2025-03-01T", "2025-03-01T24:00",
        "2025-03-01T14", "2025-03-01T14:60", "2025-03-01T14:30:15.", "2025-03-01T14:30Zx",
        "2025-03-01T14:30+2", "1969-12-31", "٢٠٢٥-03-01",
    ])
    func whatIsNoInstantIsRefused(text: String) {
        #expect(InstantText.parse(text) == nil)
    }

    @Test func instantsAreWrittenAsTheyAreRead() {
        for day in stride(from: Int64(0), to: 60_000, by: 13) {
            let milliseconds = (day * 86_400 + day % 86_400) * 1_000
            #expect(InstantText.parse(InstantText.text(milliseconds: milliseconds)) == milliseconds)
        }
        #expect(InstantText.text(milliseconds: 951_782_400_000) == "2000-02-29T00:00:00Z")
    }

    @Test(
        arguments: [
            (["--to", "earliest", "--partition", "1"], "--partition needs one --topic"),
            ([], "--to is missing"),
            (["--to", "latest", "--topic", "t", "--partition", "x"], "not a partition"),
            (["--to", "latest", "--format", "xml"], "not one of text, json"),
        ] as [([String], String)])
    func optionsThatContradictAreExplained(words: [String], reason: String) throws {
        let reset = try #require(GroupCommands.all.first { $0.specification.name == "group reset" })
        let arguments = try ArgumentParser.parse(["billing"] + words, reset.specification)
        #expect { try ResetOptions(arguments) } throws: { error in
            (error as? CommandError)?.message.contains(reason) == true
        }
    }

    @Test(
        arguments: [
            (["--strategy", "sticky"], "add --group"), (["--instance-id", "i"], "add --group"),
            (["--group", "g", "--from", "7"], "aeromq group reset g --topic t --to offset:7"),
            (["--group", "g", "--from", "time:7"], "reset g --topic t --to time:7"),
            (["--from", "time:yesterday"], "write time:2025-03-01T14:30:00Z"),
            (["--from", "time:"], "no point in time"), (["--from", "time:-1"], "no point in time"),
            (["--from", "-1"], "not earliest, latest, an offset or time:WHEN"),
            (["--group", "g", "--strategy", "stick"], "did you mean \"sticky\"?"),
        ] as [([String], String)])
    func membershipOptionsThatContradictAreExplained(words: [String], reason: String) throws {
        let arguments = try ArgumentParser.parse(["t"] + words, ConsumeOptions.specification)
        #expect { try ConsumeOptions(arguments) } throws: { error in
            (error as? CommandError)?.message.contains(reason) == true
        }
    }

    @Test(
        arguments: [
            ("time:1700000000000", 1_700_000_000_000), ("time:2000-02-29", 951_782_400_000),
        ] as [(String, Int64)])
    func aStartMayBeATime(text: String, milliseconds: Int64) throws {
        let arguments = try ArgumentParser.parse(
            ["t", "--from", text], ConsumeOptions.specification)
        guard case .partitions(let options) = try ConsumeOptions(arguments).source else {
            Issue.record("not alone")
            return
        }
        #expect(options.start == .time(milliseconds: milliseconds))
    }
}
