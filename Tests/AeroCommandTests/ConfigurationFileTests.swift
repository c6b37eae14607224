// Settings from a file: the form, what wins, and how mistakes are said.

import AeroBroker
import AeroIO
import Glibc
import Testing

@testable import AeroCommand

struct ConfigurationFileTests {
    /// Runs `body` with the path of a file that has this text.
    private func withFile<Value>(_ text: String, _ body: (String) throws -> Value) throws -> Value {
        var template = Array("/tmp/aeromq-configuration-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map { UInt8($0) }, as: UTF8.self)
        defer { unlink(path) }
        let bytes = Array(text.utf8)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        return try body(path)
    }

    private func options(_ text: String, _ words: [String] = []) throws -> ServeOptions {
        try withFile(text) { path in
            try ServeOptions(
                ArgumentParser.parse(
                    ["--config", path] + words, ServeCommand.subcommand.specification))
        }
    }

    /// The message without the file's name.
    private func message(_ text: String) throws -> String {
        try withFile(text) { path in
            do throws(CommandError) {
                _ = try ServeOptions(
                    ArgumentParser.parse(
                        ["--config", path], ServeCommand.subcommand.specification))
                return "taken"
            } catch {
                #expect(error.message.hasPrefix(path), "\(error.message)")
                return String(error.message.dropFirst(path.count))
            }
        }
    }

    @Test func everySettingOfAFileIsTaken() throws {
        let configuration = try options(
            """
            # A broker for a small machine.
            listen: "127.0.0.1:0"   # any port
            shards:\t2

            memory: 64MiB
            max-frame: '1MiB'\r
            max-batch: 100KiB
            max-connections: 100
            max-topics: 7
            max-partitions: 70
            preallocate: 8MiB
            poller: uring
            pin: true
            """
        ).configuration
        #expect("\(configuration.listenAddress)" == "127.0.0.1:0")
        #expect(configuration.shardCount == 2)
        #expect(configuration.memoryByteCountMax == 64 << 20)
        #expect(configuration.frameByteCountMax == 1 << 20)
        #expect(configuration.batchByteCountMax == 100 << 10)
        #expect(configuration.connectionCountMax == 100)
        #expect(configuration.topicCountMax == 7)
        #expect(configuration.totalPartitionCountMax == 70)
        #expect(configuration.preallocatedByteCount == 8 << 20)
        #expect(configuration.poller == .uring)
        #expect(configuration.pinsShards)
    }

    @Test func theCommandLineGoesFirst() throws {
        let options = try options(
            "memory: 64MiB\nshards: 2\npin: false\n", ["--memory", "32MiB"])
        #expect(options.configuration.memoryByteCountMax == 32 << 20)
        #expect(options.configuration.shardCount == 2)
        #expect(!options.configuration.pinsShards)
    }

    @Test(arguments: [
        ("shards: 2\nmemry: 1GiB", ":2: there is no setting \"memry\"; did you mean \"memory\"?"),
        ("--memory: 1GiB", ":1: there is no setting \"--memory\""),
        ("config: x", ":1: there is no setting \"config\""),
        ("attached: true", ":1: there is no setting \"attached\""),
        ("\n\nmemory: 1GB", ":3: memory: \"1GB\" is not a number with B, KiB"),
        ("shards: 0", ":1: shards: \"0\" is not a number from 1 to 64"),
        ("poller: urin", ":1: poller: \"urin\" is not one of epoll, uring; did you mean"),
        ("shards: 1\nshards: 1", ":2: \"shards\" is set twice"),
        ("limits:\n  shards: 1", ":1: limits has no value"),
        ("shards: 1\n  memory: 1GiB", ":2: settings are not indented"),
        ("shards", ":1: not of the form NAME: VALUE"), ("shards:1", ":1: shards has no value"),
        ("shards: # two", ":1: shards has no value"),
        ("listen: \"127.0.0.1:0", ":1: listen: a quote is opened and not closed"),
        ("listen: '127.0.0.1:0' x", ":1: listen: \"x\" stands behind the value"),
        ("pin: yes", ":1: pin is true or false, not \"yes\""),
        ("max-connections: 1000000", ":1: max-connections: 1000000 connections need more"),
        ("shards: \u{0}", ":1: shards: "),
    ])
    func mistakesAreSaidWithTheirLine(text: String, expected: String) throws {
        let message = try message(text)
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func aFileThatIsNotThereIsSaid() throws {
        do throws(CommandError) {
            _ = try ServeOptions(
                ArgumentParser.parse(
                    ["--config", "/nowhere/at/all"], ServeCommand.subcommand.specification))
            Issue.record("taken")
        } catch {
            #expect(error.message.hasPrefix("cannot read /nowhere/at/all"))
        }
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        let message = try message("shards: 1 " + String(repeating: "#", count: 70_000))
        #expect(message.hasPrefix(": larger than 65536 bytes"))
    }
}
