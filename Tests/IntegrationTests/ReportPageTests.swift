// `aerobench report` and what a browser makes of it.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)), .serialized)
struct ReportPageTests {
    private let folder: TemporaryFolder
    /// Kept results: one of AeroMQ, one of its yardstick.
    private let results = ["aeromq", "relay"].map {
        "\(Executables.root)/results/2026-11-29-latency-1k-\($0)-1-3975314.json"
    }

    init() throws { folder = try TemporaryFolder() }

    private func page(_ paths: [String]) throws -> String {
        let out = folder.file("report.html")
        let finished = try Executables.run("aerobench", ["report"] + paths + ["--out", out])
        #expect(finished.code == 0, "\(finished.transcript)")
        #expect(finished.output == ["report: \(out)"])
        return try String(contentsOfFile: out, encoding: .utf8)
    }

    private func expectSound(_ reading: PageReading, charts: Int) {
        #expect(reading.errors.isEmpty && reading.console.isEmpty, "\(reading)")
        #expect(reading.overflow == 0, "\(reading)")
        #expect(reading.charts == charts, "\(reading)")
        #expect(reading.smallestLabel > 9, "\(reading)")
    }

    @Test func oneResultInLightAndDarkAndOnAPhone() throws {
        let browser = try BrowserPage(page([results[0]]))
        let light = try browser.read(BrowserView())
        let dark = try browser.read(BrowserView(isDark: true))
        let phone = try browser.read(BrowserView(width: 390, height: 844))
        // Throughput, latency, map, percentiles.
        for reading in [light, dark, phone] { expectSound(reading, charts: 4) }
        #expect(phone.width == 390)
        #expect(light.curves == 4 + 4 + 4 && light.mapCells > 3, "\(light)")
        #expect(light.background != dark.background)
        #expect(light.tip.hasPrefix("at ") && light.tip.contains("received  "), "\(light.tip)")
        let views = ["light": BrowserView(), "dark": BrowserView(isDark: true)]
        for (name, view) in views {
            let picture = try browser.screenshot(view)
            #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.count > 50_000)
            try keep(picture, "report-\(name).png")
        }
        try keep(
            browser.screenshot(BrowserView(width: 390, height: 2_400)), "report-phone.png")
    }

    @Test func severalResultsOnAPhone() throws {
        let browser = try BrowserPage(page(results))
        // Those of each run, and the percentiles of both.
        expectSound(try browser.read(BrowserView(width: 390, height: 844)), charts: 9)
        try keep(browser.screenshot(BrowserView()), "report-two.png")
    }

    @Test func aGateInLightAndDarkAndOnAPhone() throws {
        let kept = try (1...3).map {
            try ResultFile(
                "\(Executables.root)/results/2026-11-29-latency-1k-aeromq-\($0)-d8c7457.json")
        }
        for pair in 0..<7 {
            try kept[pair % 3].write(to: folder.file("base"), pair: pair, side: 0)
            try kept[(2 * pair + 1) % 3].write(to: folder.file("candidate"), pair: pair, side: 1)
        }
        let out = folder.file("gate.html")
        let finished = try Executables.run(
            "aerobench", ["gate", folder.file("base"), folder.file("candidate"), "--html", out])
        #expect([0, 2, 3].contains(finished.code), "\(finished.transcript)")
        let browser = try BrowserPage(String(contentsOfFile: out, encoding: .utf8))
        for view in [
            BrowserView(), BrowserView(isDark: true), BrowserView(width: 390, height: 844),
        ] {
            let reading = try browser.read(view)
            // The pairs of nine metrics, each with an estimate and a threshold, and two curves.
            expectSound(reading, charts: 9 + 2)
            #expect(reading.curves == 9 * 2 + 2, "\(reading)")
            #expect(reading.tip.hasPrefix("pair 2\nbase  "), "\(reading.tip)")
        }
        try keep(browser.screenshot(BrowserView(height: 4_000)), "gate.png")
    }

    @Test func aComparisonIsAPageToo() throws {
        let finished = try Executables.run(
            "aerobench", ["compare", results[0], results[0], "--format", "html"])
        #expect(finished.code == 0 && finished.output.first == "<!DOCTYPE html>")
        #expect(finished.output.contains { $0.contains("runs beside each other") })
    }

    /// What the checks above look for is really found when it is there.
    @Test func theProbeTrips() throws {
        let sound = try page([results[0]])
        let planted = sound.replacingOccurrences(
            of: "</main>",
            with: "<div style=\"width:3000px\">x</div><img src=\"https://example.invalid/x.png\">"
                + "<script>console.error('planted'); undefinedName();</script></main>")
        let reading = try BrowserPage(planted).read(BrowserView(width: 390, height: 844))
        #expect(reading.overflow > 1_000)
        #expect(reading.console.contains { $0.contains("planted") }, "\(reading)")
        #expect(reading.errors.contains { $0.contains("undefinedName") }, "\(reading)")
        // The page's own content policy keeps it from reaching out.
        #expect(reading.errors.contains { $0.contains("example.invalid") }, "\(reading)")
    }

    @Test func whatCannotBeReportedIsAClearError() throws {
        let missing = try Executables.run(
            "aerobench", ["report", folder.file("none.json"), "--out", folder.file("x.html")])
        #expect(missing.code == 6 && missing.errors.joined().contains("none.json"))
        let damaged = folder.file("damaged.json")
        try "{\"schema\": \"aerobench.result/1\"".write(
            toFile: damaged, atomically: true, encoding: .utf8)
        let broken = try Executables.run(
            "aerobench", ["report", results[0], damaged, "--out", folder.file("x.html")])
        #expect(broken.code == 6 && broken.errors.joined().contains("damaged.json"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("x.html")))
        let nowhere = try Executables.run("aerobench", ["report", results[0]])
        #expect(nowhere.code == 1 && nowhere.errors.joined().contains("--out"))
        let none = try Executables.run("aerobench", ["report", "--out", folder.file("x.html")])
        #expect(none.code == 1 && none.errors.joined().contains("RESULT.json"))
    }

    @Test func exportsAreWrittenAndWhatDoesNotFitIsRefused() throws {
        let kept = results[0]
        for (format, word) in [
            ("hlog", "Tag=main/e2e.intended,"), ("csv", "run,scenario,driver,class"),
            ("omb", "\"aggregatedEndToEndLatency99pct\""),
            ("prometheus", "# TYPE aerobench_latency_seconds summary"),
        ] {
            let finished = try Executables.run("aerobench", ["export", kept, "--format", format])
            #expect(
                finished.code == 0 && finished.output.contains { $0.contains(word) }, "\(format)")
            let out = folder.file("export.\(format)")
            let written = try Executables.run(
                "aerobench", ["export", kept, "--format", format, "--out", out])
            #expect(written.code == 0 && written.output.isEmpty)
            let lines = try String(contentsOfFile: out, encoding: .utf8)
            #expect(lines.contains(word), "\(format)")
        }
        let several = folder.file("several.json")
        let one = try String(contentsOfFile: kept, encoding: .utf8)
        try "[\(one),\(one)]".write(toFile: several, atomically: true, encoding: .utf8)
        for (format, code) in [("hlog", Int32(1)), ("omb", 1), ("csv", 0), ("prometheus", 0)] {
            let finished = try Executables.run(
                "aerobench", ["export", several, "--format", format])
            #expect(finished.code == code, "\(format): \(finished.errors)")
        }
        let unknown = try Executables.run("aerobench", ["export", kept, "--format", "hlgo"])
        #expect(unknown.code == 1 && unknown.errors.joined().contains("hlog"))
        #expect(try Executables.run("aerobench", ["export", kept]).code == 1)
        #expect(
            try Executables.run(
                "aerobench", ["export", folder.file("none"), "--format", "csv"]
            ).code == 6)
    }

    /// Pictures for whoever wants to look: `AEROMQ_SCREENSHOTS=FOLDER` keeps them.
    private func keep(_ picture: [UInt8], _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["AEROMQ_SCREENSHOTS"] else { return }
        try Data(picture).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
}
