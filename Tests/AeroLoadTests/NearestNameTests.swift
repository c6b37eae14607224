// Suggestions for mistyped names.

import AeroLoad
import Testing

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("rte", "rate"), ("Rate", "rate"), ("in_flight", "in-flight"), ("shedule", "schedule"),
        ("scheduel", "schedule"), ("linger", "linger"),
    ])
    func findsWhatWasMeant(typed: String, meant: String) {
        let names = ["schedule", "rate", "in-flight", "linger"]
        #expect(NearestName.suggestion(for: typed, among: names) == meant)
    }

    @Test(arguments: ["", "x", "colour", "messages"])
    func staysSilentWhenNothingIsNear(typed: String) {
        #expect(NearestName.suggestion(for: typed, among: ["rate", "topics"]) == nil)
    }

    @Test func prefersTheNearest() {
        #expect(NearestName.suggestion(for: "topcs", among: ["tops", "topics"]) == "tops")
        #expect(NearestName.suggestion(for: "toplcs", among: ["tops", "topics"]) == "topics")
        #expect(NearestName.suggestion(for: "a", among: []) == nil)
        let keys = ["consume", "consumers-per-group"]
        #expect(NearestName.suggestion(for: "consumers", among: keys) == keys[1])
        #expect(NearestName.suggestion(for: "consum", among: keys) == keys[0])
    }
}
