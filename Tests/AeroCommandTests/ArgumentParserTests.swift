// Command lines: options, operands, and what is said about wrong ones.

import Testing

@testable import AeroCommand

struct ArgumentParserTests {
    private let specification = CommandSpecification(
        "load", summary: "Load something", operands: ["FILE", "[OTHER]"],
        options: [
            OptionSpecification("--rate", "N", "a number"),
            OptionSpecification("--set", "KEY=VALUE", isRepeatable: true, "many"),
            OptionSpecification("--quiet", "no value"),
        ], examples: ["tool load x"])

    private func message(_ words: [String]) -> String? {
        do throws(CommandError) {
            _ = try ArgumentParser.parse(words, specification)
            return nil
        } catch {
            #expect(error.exitCode == .failure)
            return error.message
        }
    }

    @Test func valuesStandBesideOrBehindAnEqualsSign() throws {
        let spaced = try ArgumentParser.parse(["a", "--rate", "5", "--quiet"], specification)
        let joined = try ArgumentParser.parse(["--quiet", "--rate=5", "a"], specification)
        #expect(spaced == joined)
        #expect(spaced.operands == ["a"])
        #expect(spaced.text("--rate") == "5")
        #expect(spaced.has("--quiet"))
    }

    @Test func repeatedOptionsKeepTheirOrder() throws {
        let arguments = try ArgumentParser.parse(
            ["a", "--set", "x=1", "--set=y=2"], specification)
        #expect(arguments.texts("--set") == ["x=1", "y=2"])
    }

    @Test func twoDashesEndTheOptions() throws {
        let arguments = try ArgumentParser.parse(["--", "--rate", "-"], specification)
        #expect(arguments.operands == ["--rate", "-"])
    }

    @Test func helpWinsOverWhatFollows() throws {
        let arguments = try ArgumentParser.parse(["--help", "--nonsense"], specification)
        #expect(arguments.wantsHelp)
    }

    @Test(arguments: [
        (["a", "--rte", "5"], "unknown option --rte; did you mean \"--rate\"?"),
        (["a", "--zzzzzzzzz"], "unknown option --zzzzzzzzz"),
        (["a", "--rate"], "--rate needs a value: --rate N"),
        (["a", "--rate", "1", "--rate", "2"], "--rate is given twice"),
        (["a", "--quiet=yes"], "--quiet takes no value"),
        ([], "FILE is missing"),
        (["a", "b", "c"], "\"c\" is one word too many"),
    ])
    func wrongCommandLinesAreExplained(words: [String], expected: String) {
        #expect(message(words) == expected)
    }

    @Test(arguments: [
        ("1GiB", 1 << 30), ("16MiB", 16 << 20), ("0", 0), ("512B", 512),
    ])
    func sizesAreRead(text: String, expected: Int) {
        #expect(QuantityText.parse(text, QuantityText.byteUnits) == expected)
    }

    @Test(arguments: ["", "GiB", "1", "1.5GiB", "-1B", "9999999TiB", "1gib", "１GiB"])
    func otherTextsAreNoSizes(text: String) {
        #expect(QuantityText.parse(text, QuantityText.byteUnits) == nil)
    }

    @Test func boundsOfAQuantityAreNamedWithTheirUnits() throws {
        var arguments = ParsedArguments()
        arguments.values["--memory"] = ["1KiB"]
        #expect(throws: CommandError.usage("--memory: 1KiB is not between 16MiB and 1GiB")) {
            try arguments.byteCount("--memory", in: (16 << 20)...(1 << 30))
        }
    }

    @Test func choicesNameTheNearest() throws {
        var arguments = ParsedArguments()
        arguments.values["--driver"] = ["aeromg"]
        #expect(
            throws: CommandError.usage(
                "--driver: \"aeromg\" is not one of aeromq, kafka, rabbitmq, nats, "
                    + "jetstream, redis, mqtt, relay, relay-file, echo, null, truth; "
                    + "did you mean \"aeromq\"?")
        ) { try arguments.choice("--driver", TargetKind.self) }
    }

    @Test(arguments: ["nohost", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"])
    func wrongAddressesAreUsageErrors(text: String) {
        var arguments = ParsedArguments()
        arguments.values["--listen"] = [text]
        #expect(throws: CommandError.self) { try arguments.address("--listen") }
    }
}
