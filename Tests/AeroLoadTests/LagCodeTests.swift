// The one-byte lag of compact stamps.

import AeroLoad
import TestSupport
import Testing

@Suite struct LagCodeTests {
    @Test func everyCodeReadsBackAsItself() {
        for code in 0...255 as ClosedRange<UInt8> {
            #expect(LagCode.encode(LagCode.decode(code)) == code)
        }
    }

    @Test func codesAscend() {
        for code in 1...255 as ClosedRange<UInt8> {
            #expect(LagCode.decode(code) > LagCode.decode(code - 1))
        }
        #expect(LagCode.decode(255) == 15 << 30)
    }

    @Test func errorIsAtMostASixteenth() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            let lag = Int64(random.next() >> UInt64.random(in: 31...63, using: &random))
            guard lag <= 15 << 30 else { continue }
            let error = abs(LagCode.decode(LagCode.encode(lag)) - lag)
            #expect(error * 16 <= lag, "lag \(lag) seed \(seed)")
            if lag < 16 { #expect(error == 0) }
        }
    }

    @Test func extremesSaturate() {
        #expect(LagCode.encode(-1) == 0)
        #expect(LagCode.encode(.min) == 0)
        #expect(LagCode.encode(.max) == 255)
        #expect(LagCode.encode(16 << 30) == 255)
        #expect(LagCode.encode((16 << 30) - 1) == 255)
    }
}
