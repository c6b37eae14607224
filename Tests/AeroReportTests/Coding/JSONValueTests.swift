// JSON values keep their kind and order.

import Testing

@testable import AeroReport

struct JSONValueTests {
    @Test func everyKindRoundTrips() throws {
        let value = JSONValue.object([
            "null": .null, "yes": .bool(true), "whole": .integer(-3), "part": .number(0.25),
            "text": .string("a \"b\" \u{1F600}"), "list": .array([.integer(1), .array([])]),
            "none": .object([:]),
        ])
        let bytes = try DocumentEncoding.encode(value)
        #expect(try DocumentEncoding.decode(JSONValue.self, bytes) == value)
    }

    @Test func descriptionsAreOneLineInNameOrder() {
        let value = JSONValue.object(["b": .array([.integer(1), .null]), "a": .string("x")])
        #expect(value.description == "{a: \"x\", b: [1, null]}")
    }

    @Test func pathsQuoteOnlyWhatNeedsIt() {
        #expect(CodingPath.appending("p99", to: "summary") == "summary.p99")
        #expect(CodingPath.appending("latency-1k", to: "scenarios") == "scenarios.latency-1k")
        #expect(CodingPath.appending("e2e.intended", to: "series") == "series[\"e2e.intended\"]")
    }

    @Test func creationStampIsISO8601() {
        #expect(
            CreationStamp.text(millisecondsSince1970: 1_769_850_300_250)
                == "2026-01-31T09:05:00.250Z")
        #expect(CreationStamp.now().utf8.count == 24)
        #expect(CreationStamp.makeIdentifier() != CreationStamp.makeIdentifier())
    }
}
