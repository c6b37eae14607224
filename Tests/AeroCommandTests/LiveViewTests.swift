// The lines of the live view.

import AeroLoad
import AeroReport
import Testing

@testable import AeroCommand

struct LiveViewTests {
    private static let scenario = """
        name: live
        duration: 1s
        classes:
          - name: main
            message-size: 256B
            load: {schedule: constant, rate: 10k/s}

        """

    private func figures() throws -> LiveFigures {
        var figures = LiveFigures(
            try Scenario.parse(Array(Self.scenario.utf8), fileName: "live.yaml"))
        figures.place = "12/30"
        figures.progress = 0.5
        figures.sentPerSecond = 10_000
        figures.ackedPerSecond = 9_999
        figures.receivedPerSecond = 20_000
        figures.backlogCount = 1_234
        figures.endToEnd = LatencySummary(
            count: 10, p50: 57_000, p99: 1_070_000, p999: 4_490_000, max: 8_710_000)
        return figures
    }

    @Test func aRunThatGoesWell() throws {
        let lines = LiveView.lines(try figures())
        #expect(
            lines.map(\.text) == [
                "[############------------] 12/30",
                "rates     sent 10,000/s  acked 9,999/s  received 20,000/s",
                "e2e       p50 57.0 us  p99 1.07 ms  p99.9 4.49 ms  max 8.71 ms",
                "lag       no samples",
                "backlog   1,234",
                "validity  nothing against it so far",
            ])
        #expect(lines.last?.meaning == .good)
    }

    @Test func whatGoesWrongIsSaid() throws {
        var figures = try figures()
        figures.failedCount = 1_500
        figures.backlogCount = nil
        figures.doubts = ["class main sent 50.0 % of its rate", "another"]
        let lines = LiveView.lines(figures)
        #expect(lines[1].text.hasSuffix("FAILED 1,500") && lines[1].meaning == .doubtful)
        #expect(lines[4].text == "backlog   nobody consumes")
        #expect(
            lines[5].text
                == "validity  in doubt: class main sent 50.0 % of its rate (and 1 more)")
        #expect(lines[5].meaning == .bad)
    }
}
