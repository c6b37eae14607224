// From the words of `aeromq serve` to the broker's settings.

import AeroBroker
import AeroIO
import AeroMemory
import Testing

@testable import AeroCommand

struct ServeOptionsTests {
    private func options(_ words: [String]) throws -> ServeOptions {
        try ServeOptions(
            ArgumentParser.parse(words, ServeCommand.subcommand.specification))
    }

    @Test func defaultsAreTheDocumentedOnes() throws {
        let options = try options([])
        #expect("\(options.configuration.listenAddress)" == "127.0.0.1:9440")
        #expect(options.configuration.shardCount == 1)
        #expect(options.configuration.poller == nil)
        #expect(options.configuration.allocationMode == .pooled)
        #expect(options.configuration.memoryByteCountMax == 1 << 30)
        #expect(!options.isAttached)
    }

    @Test func everyOptionReachesTheConfiguration() throws {
        let options = try options([
            "--listen", "[::1]:0", "--shards", "3", "--poller", "uring", "--buffers", "native",
            "--memory", "64MiB", "--spin", "20us", "--pin", "--attached", "--max-frame", "2MiB",
            "--max-batch", "64KiB", "--max-connections", "9", "--max-topics", "8",
            "--max-partitions", "80", "--preallocate", "1MiB", "--data", "d",
        ])
        let configuration = options.configuration
        #expect("\(configuration.listenAddress)" == "[::1]:0")
        #expect(configuration.shardCount == 3)
        #expect(configuration.poller == .uring)
        #expect(configuration.allocationMode == .native)
        #expect(configuration.memoryByteCountMax == 64 << 20)
        #expect(configuration.spinNanoseconds == 20_000)
        #expect(configuration.pinsShards)
        #expect(configuration.dataDirectory == "d")
        #expect(configuration.frameByteCountMax == 2 << 20)
        #expect(configuration.batchByteCountMax == 64 << 10)
        #expect(configuration.connectionCountMax == 9)
        #expect(configuration.topicCountMax == 8)
        #expect(configuration.totalPartitionCountMax == 80)
        #expect(configuration.preallocatedByteCount == 1 << 20)
        #expect(options.isAttached)
    }

    @Test(arguments: ["--http"])
    func optionsOfLaterReleasesAreRefused(name: String) throws {
        do throws(CommandError) {
            _ = try ServeOptions(
                ArgumentParser.parse([name, "x"], ServeCommand.subcommand.specification))
            Issue.record("\(name) was taken")
        } catch {
            #expect(error.message.contains("this release"))
            #expect(error.exitCode == .failure)
        }
    }
}
