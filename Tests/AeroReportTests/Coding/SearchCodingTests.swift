// Matrix and capacity documents to bytes and back, and what is no such document.

import AeroReport
import Testing

struct SearchCodingTests {
    @Test func matricesSurvive() throws {
        let document = try SampleSearches.matrix()
        let bytes = try document.encoded()
        #expect(try MatrixDocument.decode(bytes) == document)
        #expect(try MatrixDocument.decode(bytes).encoded() == bytes)
    }

    @Test func capacitiesSurvive() throws {
        let document = try SampleSearches.capacity()
        let bytes = try document.encoded()
        #expect(try CapacityDocument.decode(bytes) == document)
        #expect(try CapacityDocument.decode(bytes).encoded() == bytes)
    }

    @Test func anotherKindOfDocumentIsNamed() throws {
        let matrix = try SampleSearches.matrix().encoded()
        #expect(
            throws: ResultFileError.otherSchema(
                found: "aerobench.matrix/1", expected: "aerobench.capacity")
        ) { try CapacityDocument.decode(matrix) }
        #expect(
            throws: ResultFileError.otherSchema(found: nil, expected: "aerobench.matrix")
        ) { try MatrixDocument.decode(utf8("{}")) }
        #expect(
            throws: ResultFileError.unknownVersion(found: "aerobench.matrix/2", newestReadable: 1)
        ) { try MatrixDocument.decode(utf8("{\"schema\": \"aerobench.matrix/2\"}")) }
        #expect(throws: ResultFileError.wrongSchema(found: "aerobench.matrix/1")) {
            try ResultDocument.decode(matrix)
        }
    }

    @Test func whatIsMissingIsNamed() throws {
        let bytes = try SampleSearches.matrix().encoded()
        let bent = utf8(text(bytes).replacing("\"repeatCount\"", with: "\"repeatCounts\""))
        #expect(throws: ResultFileError.missingField(path: "repeatCount")) {
            try MatrixDocument.decode(bent)
        }
    }

    @Test func cellsFitTheKeysAndTheOrder() throws {
        var document = try SampleSearches.matrix()
        document.cells[1].values.append("more")
        expectInvalid("cells[1].values", document)
        document = try SampleSearches.matrix()
        document.order[3] = 4
        expectInvalid("order[3]", document)
        document = try SampleSearches.matrix()
        document.order.removeLast()
        expectInvalid("order", document)
    }

    @Test func aCurveIsMadeOfProbesAndAnIntervalIsOne() throws {
        var document = try SampleSearches.capacity()
        document.curve[1].probe = 9
        let bytes = try document.encoded()
        #expect(
            throws: ResultFileError.invalidValue(
                path: "curve[1].probe", detail: "there is no probe 9")
        ) { try CapacityDocument.decode(bytes) }
        document = try SampleSearches.capacity()
        document.answer.upperPerSecond = 1
        let crossed = try document.encoded()
        #expect(
            throws: ResultFileError.invalidValue(
                path: "answer", detail: "the lower end 150000.0 is above the upper one 1.0")
        ) { try CapacityDocument.decode(crossed) }
    }

    @Test func aCurveIsSortedAndLeavesOutWhatSaysNothing() {
        var limited = SampleSearches.probe(2, .bisect, 150_000, p99: 1)
        limited.verdict = .generatorLimited
        let curve = CapacityPoint.curve(of: [
            SampleSearches.probe(0, .bracket, 200_000, p99: 9_000_000),
            SampleSearches.probe(1, .bracket, 100_000, p99: 1_000_000), limited,
            SampleSearches.probe(3, .confirm, 100_000, p99: 2_000_000),
        ])
        #expect(curve.map(\.probe) == [1, 3, 0])
        #expect(curve.map(\.isMet) == [true, true, false])
    }

    @Test func aRunSaysWhyItIsNotUsed() throws {
        let runs = try SampleSearches.matrix().cells.flatMap(\.runs)
        #expect(runs.map(\.isUsable) == [true, true, false, false])
        #expect(
            runs.map(\.doubt) == [nil, nil, "it did not start", "rate-not-reached: half of it"])
    }

    private func expectInvalid(_ path: String, _ document: MatrixDocument) {
        #expect {
            try MatrixDocument.decode(document.encoded())
        } throws: { error in
            if case .invalidValue(path, _)? = error as? ResultFileError { return true }
            return false
        }
    }
}
