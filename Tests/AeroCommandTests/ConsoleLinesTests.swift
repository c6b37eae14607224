// What produce reads and consume writes.

import AeroClient
import Testing

@testable import AeroCommand

struct ConsoleLinesTests {
    @Test func keysStandBeforeTheFirstSeparator() {
        let message = ProduceCommand.message(Array("a::b::c".utf8), Array("::".utf8))
        #expect(message.key == Array("a".utf8))
        #expect(message.value == Array("b::c".utf8))
    }

    @Test func lineWithoutSeparatorHasNoKey() {
        let message = ProduceCommand.message(Array("plain".utf8), Array(":".utf8))
        #expect(message.key == nil)
        #expect(message.value == Array("plain".utf8))
        #expect(ProduceCommand.message([], nil).value == [])
    }

    @Test func madeUpMessagesHaveTheirSizeAndNumber() {
        #expect(ProduceCommand.filler(42, 5) == Array("42...".utf8))
        #expect(ProduceCommand.filler(1_234, 2) == Array("12".utf8))
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func base64FollowsItsTestVectors(text: String, expected: String) {
        // Source: RFC 4648, section 10.
        #expect(RecordFormat.base64(Array(text.utf8)) == expected)
    }

    @Test func valuesThatAreNoTextAreMarked() {
        #expect(RecordFormat.member("value", nil) == ("value", "null"))
        #expect(RecordFormat.member("value", Array("a\"b".utf8)) == ("value", "\"a\\\"b\""))
        #expect(RecordFormat.member("value", [0xFF, 0xFE]) == ("valueBase64", "\"//4=\""))
    }

    @Test func helpColumnsAlignAndLongNamesTakeALine() {
        let long = String(repeating: "x", count: 30)
        let lines = HelpColumns.lines([
            ("--a", "first"), ("--bcd VALUE", "second"), (long, "third"),
        ])
        #expect(lines[0] == "  --a          first")
        #expect(lines[1] == "  --bcd VALUE  second")
        #expect(lines[2] == "  \(long)")
        #expect(lines[3] == "               third")
    }
}
