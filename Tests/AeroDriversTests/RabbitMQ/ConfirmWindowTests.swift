// Confirms in any order, held against a list of what is not confirmed.

#if RabbitMQDriver
    import AeroDrivers
    import TestSupport
    import Testing

    @Suite struct ConfirmWindowTests {
        @Test func everyMessageIsSettledOnce() {
            let seed = TestSeed.current
            var random = SplitMix64(seed: seed)
            var window = ConfirmWindow()
            var open: [UInt64: UInt32] = [:]
            var nextTag: UInt64 = 1
            for _ in 0..<20_000 {
                if random.next() % 3 != 0 {
                    guard !window.isFull(adding: 10) else { continue }
                    let token = UInt32(truncatingIfNeeded: random.next())
                    window.add(token, byteCount: 10)
                    open[nextTag] = token
                    nextTag += 1
                } else {
                    // Tags that were settled before come again: a server may say so.
                    let tag = random.next() % nextTag
                    let isMultiple = random.next() % 4 == 0
                    guard tag > 0 || isMultiple else { continue }
                    let settled = open.keys.filter {
                        isMultiple ? tag == 0 || $0 <= tag : $0 == tag
                    }.sorted()
                    let isKnown = window.settle(tag, isMultiple: isMultiple)
                    #expect(isKnown, "seed \(seed)")
                    let tokens = Array(window.takeSettled())
                    #expect(tokens == settled.compactMap { open[$0] }, "seed \(seed)")
                    for tag in settled { open[tag] = nil }
                }
            }
            window.settleAll()
            let rest = Array(window.takeSettled())
            #expect(rest == open.keys.sorted().compactMap { open[$0] }, "seed \(seed)")
        }

        @Test(arguments: [(0, false), (4, false), (4, true), (.max, true)] as [(UInt64, Bool)])
        func whatWasNotPublishedIsNotSettled(tag: UInt64, isMultiple: Bool) {
            var window = ConfirmWindow()
            for token: UInt32 in 1...3 { window.add(token, byteCount: 1) }
            let isKnown = window.settle(tag, isMultiple: isMultiple)
            #expect(!isKnown)
            let isUntouched = window.takeSettled().isEmpty
            #expect(isUntouched)
        }

        // What is not copied cannot be in an expectation itself.
        private func expect(_ window: borrowing ConfirmWindow, isFull: Bool, adding count: Int = 1)
        {
            let found = window.isFull(adding: count)
            #expect(found == isFull)
        }

        @Test func itIsBoundedByMessagesAndBytes() {
            var window = ConfirmWindow()
            for token in 0..<UInt32(ConfirmWindow.capacity) {
                expect(window, isFull: false)
                window.add(token, byteCount: 1)
            }
            expect(window, isFull: true)
            // The oldest one is still open, so the others' places are not free yet.
            var isKnown = window.settle(2, isMultiple: false)
            #expect(isKnown)
            expect(window, isFull: true)
            isKnown = window.settle(1, isMultiple: false)
            let settled = Array(window.takeSettled())
            #expect(isKnown && settled == [1, 0])
            expect(window, isFull: false)

            var large = ConfirmWindow()
            expect(large, isFull: false, adding: 1 << 30)
            large.add(0, byteCount: 1 << 30)
            expect(large, isFull: true)
        }
    }
#endif
