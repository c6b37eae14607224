// The precedence of exit codes, for every combination of causes.

import Testing

@testable import AeroReport

struct GateExitCodeTests {
    private static func check(_ kind: GateCheckKind, _ verdict: GateVerdict) -> GateCheck {
        GateCheck(scenario: "s", kind: kind, name: "n", verdict: verdict, explanation: "")
    }

    /// Causes with their code, the most important first.
    private static let causes: [(GateCheck, Int)] = [
        (check(.scenarioSet, .fail), 6), (check(.comparability, .fail), 6),
        (check(.validity, .invalid), 5), (check(.objective, .invalid), 5),
        (check(.ledger, .fail), 4), (check(.objective, .fail), 4),
        (check(.relative, .fail), 2), (check(.counter, .fail), 2),
        (check(.relative, .inconclusive), 3), (check(.relative, .pass), 0),
    ]

    @Test(arguments: 1..<1_024)
    func theFirstCauseDecides(_ mask: Int) throws {
        let chosen = Self.causes.indices.filter { mask & (1 << $0) != 0 }
        let expected = try #require(chosen.first.map { Self.causes[$0].1 })
        for order in [chosen, chosen.reversed()] {
            let checks = order.map { Self.causes[$0].0 }
            #expect(GateExitCode(checks, inconclusive: .fail).rawValue == expected)
            let lenient = GateExitCode(checks, inconclusive: .warn).rawValue
            let couldJudge = chosen.contains(Self.causes.count - 1)
            #expect(lenient == (expected == 3 && couldJudge ? 0 : expected))
        }
    }

    @Test func noChecksAtAllAreNoPass() {
        #expect(GateExitCode([], inconclusive: .pass) == .incomparable)
    }
}
