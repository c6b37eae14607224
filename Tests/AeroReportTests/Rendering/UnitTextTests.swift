// Numbers as people read them.

import Testing

@testable import AeroReport

struct UnitTextTests {
    @Test(arguments: [
        (0, "0 ns"), (999, "999 ns"), (1_000, "1.00 us"), (9_994, "9.99 us"), (9_996, "10.0 us"),
        (12_345, "12.3 us"), (99_949, "99.9 us"), (99_951, "100 us"), (999_499, "999 us"),
        (999_500, "1.00 ms"), (1_240_000, "1.24 ms"), (999_500_000, "1.00 s"),
        (3_600_000_000_000, "3600 s"), (-1_500, "-1.50 us"), (Int64.min, "-9223372037 s"),
    ])
    func latencies(_ nanoseconds: Int64, _ expected: String) {
        #expect(UnitText.latency(nanoseconds) == expected)
    }

    @Test func fixedDecimals() {
        #expect(UnitText.fixed(1.005, decimals: 0) == "1")
        #expect(UnitText.fixed(0.05, decimals: 1) == "0.1")
        #expect(UnitText.fixed(-0.04, decimals: 1) == "0.0")
        #expect(UnitText.fixed(-2.5, decimals: 3) == "-2.500")
        #expect(UnitText.fixed(7.007, decimals: 2) == "7.01")
        #expect(UnitText.fixed(.infinity, decimals: 2) == "inf")
        #expect(UnitText.fixed(.nan, decimals: 2) == "nan")
        #expect(UnitText.fixed(1e30, decimals: 2) == "1e+30")
    }

    @Test func groupedDigits() {
        #expect(UnitText.grouped(0) == "0")
        #expect(UnitText.grouped(999) == "999")
        #expect(UnitText.grouped(1_000) == "1,000")
        #expect(UnitText.grouped(-1_234_567) == "-1,234,567")
        #expect(UnitText.grouped(.min) == "-9,223,372,036,854,775,808")
    }

    @Test func sizesRatesAndShares() {
        #expect(UnitText.bytes(1_023) == "1,023 B")
        #expect(UnitText.bytes(1_024) == "1.00 KiB")
        #expect(UnitText.bytes(1_048_575) == "1.00 MiB")
        #expect(UnitText.byteRate(100 * 0x1p20) == "100 MiB/s")
        #expect(UnitText.messageRate(99_998.4) == "99,998 msg/s")
        #expect(UnitText.messageRate(0.5) == "0.50 msg/s")
        #expect(UnitText.change(0.042) == "+4.2 %")
        #expect(UnitText.change(-0.042) == "-4.2 %")
        #expect(UnitText.change(0) == "0.0 %")
    }

    @Test func numbersBeyondAnIntegerAreClamped() {
        #expect(Int64(clamping: Double.nan) == 0)
        #expect(Int64(clamping: 1e300) == .max)
        #expect(Int64(clamping: -1e300) == .min)
        #expect(Int64(clamping: 0x1p63) == .max)
        #expect(Int64(clamping: -0x1p63) == .min)
    }

    @Test func colourOnlyWhereAskedFor() {
        #expect(TerminalStyle.plain.paint("x", .bad) == "x")
        #expect(TerminalStyle.colored.paint("x", .bad) == "\u{1B}[31mx\u{1B}[0m")
    }
}
