// The table of one run.

import Testing

@testable import AeroReport

private let goodRun = """
    latency-1k on aeromq 0.1.0 (embedded): 10.0 s measured after 2.00 s of warm-up \
    (settled after 1.00 s)
      Example 9000; 2 cores; Linux 6.1.0-18-amd64; aerobench 0.1.0 (0123abc, release)

      class  size      load      offered/s   sent/s    share  acked/s  received/s     payload
      main   1.00 KiB  constant    100,000  100,000  100.0 %  100,000     100,000  97.7 MiB/s

      class  series            p50      p90      p99    p99.9      max  samples
      main   ack.intended   500 us  1.46 ms  1.94 ms  1.99 ms  2.00 ms  100,000
      main   e2e.intended  1.00 ms  2.92 ms  3.88 ms  3.98 ms  4.00 ms  100,000
      main   e2e.actual     900 us  2.63 ms  3.49 ms  3.58 ms  3.60 ms  100,000

      ledger     1,000,000 sent, 1,000,000 received: nothing lost, duplicated, reordered,
                 misrouted or corrupt
      validity   valid
      promise    os: answered when it is in the page cache
      differs    batches of 64 messages instead of 256
      limit      25.0 % of the throughput of the raw relay on this machine (400,000 msg/s), p50
                 1.31 x, p99 1.72 x
      generator  0.50 cores, 45.0 MiB peak memory, 1,234 context switches (34 involuntary), 1.00
                 MiB to disk, 0.000 allocations per message, lag p99 19.4 us, max 20.0 us
      broker     0.50 cores, 45.0 MiB peak memory, 1,234 context switches (34 involuntary), 1.00
                 MiB to disk, 0.002 allocations per message, pool hits 99.8 %, 271.4 B appended
                 per message (26.5 % of its payload), 200 syncs/s

    """

struct RunTableTests {
    @Test func aGoodRun() throws {
        #expect(RunTable(try SampleResult().document()).text == goodRun)
    }

    @Test func aBadRunSaysSo() throws {
        var sample = SampleResult()
        sample.ledger.lost = 1_234
        sample.ledger.foreign = 5
        sample.endedBy = .interrupted
        sample.reasons = [ValidityReason(code: "lag-over-budget", message: "lag was 3 ms")]
        sample.warnings = [ValidityReason(code: "governor", message: "governor is powersave")]
        let text = RunTable(try sample.document()).text
        #expect(text.contains("1,234 lost, 5 foreign"))
        #expect(text.contains("INVALID: lag was 3 ms (lag-over-budget)"))
        #expect(text.contains("INVALID: the run was interrupted before its end"))
        #expect(text.contains("warning    governor is powersave"))
        #expect(!text.contains("validity   valid"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func classesOfEqualPromisesShareALine() throws {
        var sample = SampleResult()
        sample.classNames = ["hot", "bulk", "log"]
        var document = try sample.document()
        document.classes[1].promise?.durability = nil
        let lines = PromiseText(document).lines
        #expect(
            lines.map(\.text) == [
                "hot, log: os: answered when it is in the page cache",
                "hot, log: batches of 64 messages instead of 256",
                "bulk: unacknowledged: answered when it is in the page cache",
                "bulk: batches of 64 messages instead of 256",
            ])
        #expect(lines.map(\.isDifference) == [false, true, false, true])
        document.classes = document.classes.map { entry in
            var entry = entry
            entry.promise = nil
            return entry
        }
        #expect(PromiseText(document).lines == [])
    }

    @Test func sentencesAreWrapped() {
        #expect(TextWrap.lines("aa bb cc", width: 5) == ["aa bb", "cc"])
        #expect(TextWrap.lines("aa bbbbbbbbb cc", width: 5) == ["aa", "bbbbbbbbb", "cc"])
        #expect(TextWrap.lines("", width: 5) == [""])
    }

    @Test func whatIsNotKnownIsLeftOut() throws {
        var document = try SampleResult().document()
        document.broker = nil
        document.limit = nil
        document.generator.lag = nil
        document.generator.allocationsPerMessage = nil
        document.driver.isEmbedded = false
        document.classes[0].offered = OfferedLoad(schedule: .maximum, inFlight: 4_096)
        document.classes[0].series["e2e.intended"]?.summary = LatencySummary(outOfRange: 3)
        let text = RunTable(document).text
        #expect(text.contains("(127.0.0.1:7400)"))
        #expect(text.contains("maximum, 4096 in flight"))
        #expect(text.contains("0 + 3 out of range"))
        #expect(!text.contains("broker ") && !text.contains("limit "))
    }

    @Test func colourChangesNothingButColour() throws {
        let document = try SampleResult().document()
        let colored = RunTable(document, style: .colored).text
        #expect(colored.contains("\u{1B}[32m"))
        var plain = ""
        var isEscape = false
        for character in colored {
            if character == "\u{1B}" { isEscape = true }
            if !isEscape { plain.append(character) }
            if isEscape && character == "m" { isEscape = false }
        }
        #expect(plain == RunTable(document).text)
    }
}
