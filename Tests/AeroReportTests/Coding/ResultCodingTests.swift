// Result documents to bytes and back, and every way in which bytes are no result.

import AeroReport
import Testing

struct ResultCodingTests {
    @Test func roundTripKeepsEverything() throws {
        let document = try SampleResult().document()
        let bytes = try document.encoded()
        #expect(try ResultDocument.decode(bytes) == [document])
    }

    @Test func equalDocumentsGiveEqualBytesWithSortedKeys() throws {
        let bytes = try SampleResult().document().encoded()
        #expect(try SampleResult().document().encoded() == bytes)
        #expect(try ResultDocument.decode(bytes)[0].encoded() == bytes)
        let keys = text(bytes).split(separator: "\n").filter { $0.hasPrefix("  \"") }
            .map { $0.prefix { $0 != ":" } }
        #expect(keys.count > 10)
        #expect(keys == keys.sorted())
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(!text(bytes).contains("\\/"))
    }

    @Test func extremeIntegersSurvive() throws {
        var document = try SampleResult().document()
        document.scenario.seed = .max
        document.ledger.totals.sent = .max
        document.scenario.parameters = .object([
            "big": .integer(9_007_199_254_740_993), "small": .integer(.min), "half": .number(0.5),
        ])
        #expect(try ResultDocument.decode(document.encoded()) == [document])
    }

    @Test func aFileMayHoldAList() throws {
        var second = SampleResult()
        second.scenario = "smoke"
        let documents = [try SampleResult().document(), try second.document()]
        let bytes = try ResultDocument.encoded(documents)
        #expect(try ResultDocument.decode(utf8(" \n\t") + bytes) == documents)
    }

    @Test(arguments: ["", "{", "nonsense", "[{}", "{\"schema\": }", "\u{0}\u{1}"])
    func bytesThatAreNoJSON(_ bytes: String) {
        #expect {
            try ResultDocument.decode(utf8(bytes))
        } throws: { error in
            if case .notJSON? = error as? ResultFileError { return true }
            return false
        }
    }

    @Test(arguments: [
        ("{}", ResultFileError.wrongSchema(found: nil)),
        ("{\"schema\": \"other/1\"}", .wrongSchema(found: "other/1")),
        ("{\"schema\": \"aerobench.result\"}", .wrongSchema(found: "aerobench.result")),
        (
            "{\"schema\": \"aerobench.result/2\"}",
            .unknownVersion(found: "aerobench.result/2", newestReadable: 1)
        ),
        (
            "{\"schema\": \"aerobench.result/0\"}",
            .unknownVersion(found: "aerobench.result/0", newestReadable: 1)
        ),
        ("{\"schema\": 1}", .wrongType(path: "schema", expected: "a string")),
        ("42", .wrongType(path: "the document", expected: "an object")),
        ("[]", .noResults),
        ("[{\"schema\": \"other/1\"}]", .wrongSchema(found: "other/1")),
        ("{\"schema\": \"aerobench.result/1\"}", .missingField(path: "id")),
    ])
    func filesThatAreNoResults(_ file: String, _ expected: ResultFileError) {
        #expect(throws: expected) { try ResultDocument.decode(utf8(file)) }
    }

    @Test func aMissingFieldIsNamedWithItsPath() throws {
        let bytes = try ResultDocument.encoded([SampleResult().document()])
        let broken = text(bytes).replacingFirst("\"p99\" : ", with: "\"p98\" : ")
        #expect(
            throws: ResultFileError.missingField(
                path: "[0].classes[0].series[\"ack.intended\"].intervals[0].p99")
        ) { try ResultDocument.decode(utf8(broken)) }
    }

    @Test func aWrongTypeIsNamedWithItsPath() throws {
        let bytes = try SampleResult().document().encoded()
        let broken = text(bytes).replacingFirst("\"isWarmup\" : true", with: "\"isWarmup\" : 1")
        #expect(
            throws: ResultFileError.wrongType(
                path: "classes[0].intervals[0].isWarmup", expected: "true or false")
        ) { try ResultDocument.decode(utf8(broken)) }
    }

    @Test func anUnknownWordIsNamedWithItsPath() throws {
        let bytes = try SampleResult().document().encoded()
        let broken = text(bytes).replacingFirst("\"completed\"", with: "\"exploded\"")
        #expect {
            try ResultDocument.decode(utf8(broken))
        } throws: { error in
            guard case .invalidValue(let path, _)? = error as? ResultFileError else { return false }
            return path == "window.endedBy"
        }
    }

    @Test func unknownPropertiesAreIgnored() throws {
        let bytes = try SampleResult().document().encoded()
        let extended = text(bytes).replacingFirst("{", with: "{\"later\": {\"a\": [1]},")
        #expect(try ResultDocument.decode(utf8(extended)) == [SampleResult().document()])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aNumberThatIsNotFiniteCannotBeWritten(_ number: Double) throws {
        var document = try SampleResult().document()
        document.classes[0].achieved.sentPerSecond = number
        #expect(throws: ResultFileError.notEncodable(path: "classes[0].achieved.sentPerSecond")) {
            try document.encoded()
        }
    }

    @Test func errorsReadAsSentences() {
        #expect(
            "\(ResultFileError.wrongSchema(found: "x/1"))"
                == "not a result file: its schema is \"x/1\", not \"aerobench.result/N\"")
        #expect("\(ResultFileError.missingField(path: "a.b"))".contains("a.b is missing"))
    }
}

extension String {
    /// The text with the first occurrence of `part` replaced; the text itself when there is none.
    func replacingFirst(_ part: String, with replacement: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        var copy = self
        copy.replaceSubrange(range, with: replacement)
        return copy
    }

    private func firstRange(of part: String) -> Range<String.Index>? {
        for index in indices where self[index...].hasPrefix(part) {
            return index..<self.index(index, offsetBy: part.count)
        }
        return nil
    }
}
