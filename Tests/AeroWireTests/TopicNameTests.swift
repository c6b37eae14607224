// What a topic may be called.

import AeroWire
import Testing

@Suite struct TopicNameTests {
    @Test(arguments: ["a", "...", ".a", "A-z_0.9", String(repeating: "x", count: 249)])
    func validNames(name: String) throws {
        #expect(try TopicName(name).text == name)
    }

    @Test(arguments: [
        "", ".", "..", "a b", "a/b", "ä", "a\u{0}", "a\n", String(repeating: "x", count: 250),
    ])
    func invalidNames(name: String) {
        #expect(throws: WireError.invalidTopicName) { try TopicName(name) }
    }

    @Test func eachByteOutsideTheAlphabetIsRefused() {
        let alphabet = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        for byte in UInt8(0)..<128 {
            let character = Character(UnicodeScalar(byte))
            #expect(TopicName.isValid("x\(character)") == alphabet.contains(character))
        }
    }
}
