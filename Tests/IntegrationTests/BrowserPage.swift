// A page in headless Chromium, as a reader would see it.

import Foundation
import TestSupport
import Testing

/// How a page is looked at.
struct BrowserView {
    var width = 1_100
    var height = 2_400
    var isDark = false
}

/// What a browser found in a page.
struct PageReading: Decodable {
    /// How much wider the content is than the window, in pixels.
    let overflow: Int
    let width: Int
    let charts: Int
    let curves: Int
    let mapCells: Int
    let background: String
    /// The size of the smallest label of a chart, in pixels on the screen.
    let smallestLabel: Double
    /// What the arrow keys show in the first chart.
    let tip: String
    let errors: [String]
    /// What the browser wrote to its console, complaints about the content policy included.
    var console: [String] = []

    enum CodingKeys: CodingKey {
        case overflow, width, charts, curves, mapCells, background, smallestLabel, tip, errors
    }
}

/// Opens files in Debian's Chromium, which `scripts/packages --tests` installs.
struct BrowserPage {
    static let program = "/usr/bin/chromium"
    private let folder: TemporaryFolder
    private let html: String

    /// - Parameter html: The whole page.
    init(_ html: String) throws {
        let isThere = FileManager.default.isExecutableFile(atPath: Self.program)
        try #require(isThere, "there is no chromium: run scripts/packages --tests")
        folder = try TemporaryFolder()
        self.html = html
    }

    /// Lets the browser lay the page out and asks it what came of it.
    func read(_ view: BrowserView) throws -> PageReading {
        let page = folder.file("probe.html")
        let watched = html.replacingOccurrences(of: "<head>", with: "<head>" + Self.watch)
            .replacingOccurrences(of: "</body>", with: Self.probe + "</body>")
        try watched.write(toFile: page, atomically: true, encoding: .utf8)
        // A window is never narrower than 500 pixels, a frame is as narrow as a phone.
        let window = folder.file("window.html")
        try Self.window(view).write(toFile: window, atomically: true, encoding: .utf8)
        let finished = try run(view, "--dump-dom --virtual-time-budget=3000", window)
        let dom = try String(contentsOfFile: folder.file("out"), encoding: .utf8)
        let start = try #require(dom.range(of: "<pre id=\"probe\">"), "\(finished.transcript)")
        let end = try #require(dom.range(of: "</pre>", range: start.upperBound..<dom.endIndex))
        let json = String(dom[start.upperBound..<end.lowerBound])
            .replacingOccurrences(of: "&lt;", with: "<")
            .replacingOccurrences(of: "&gt;", with: ">")
            .replacingOccurrences(of: "&amp;", with: "&")
        var reading = try JSONDecoder().decode(PageReading.self, from: Data(json.utf8))
        let log = try String(contentsOfFile: folder.file("err"), encoding: .utf8)
        reading.console = log.split(separator: "\n").map(String.init)
            .filter { $0.contains("CONSOLE") }
        return reading
    }

    /// Takes a picture of the page.
    ///
    /// - Returns: The bytes of a PNG.
    func screenshot(_ view: BrowserView) throws -> [UInt8] {
        let page = folder.file("page.html")
        try html.write(toFile: page, atomically: true, encoding: .utf8)
        let picture = folder.file("page.png")
        let finished = try run(view, "--screenshot=\(picture) --hide-scrollbars", page)
        let data = FileManager.default.contents(atPath: picture)
        return [UInt8](try #require(data, "\(finished.transcript)"))
    }

    private func run(_ view: BrowserView, _ what: String, _ page: String) throws -> Finished {
        // 0 stands for dark and 1 for light.
        let scheme = "--blink-settings=preferredColorScheme=\(view.isDark ? 0 : 1)"
        let options =
            "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
            + "--user-data-dir=\(folder.file("profile")) --enable-logging=stderr "
            + "--window-size=\(view.width),\(view.height) \(scheme) \(what)"
        let finished = try Executables.shell(
            "HOME=\(folder.path) timeout 40 \(Self.program) \(options) file://\(page) "
                + ">\(folder.file("out")) 2>\(folder.file("err"))")
        #expect(finished.code == 0, "\(finished.transcript)")
        return finished
    }

    private static let watch = """
        <script>
        window.failures = [];
        addEventListener('error', event => failures.push(String(event.message)));
        addEventListener('securitypolicyviolation', event => failures.push(event.blockedURI));
        </script>
        """

    private static let probe = """
        <script>
        addEventListener('load', () => {
          const root = document.documentElement;
          for (const each of document.querySelectorAll('details')) each.open = true;
          const first = document.querySelector('svg[data-x]');
          first.focus();
          first.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
          const labels = [...document.querySelectorAll('svg text')]
            .filter(text => text.getBoundingClientRect().height > 0)
            .map(text => parseFloat(getComputedStyle(text).fontSize)
              * text.ownerSVGElement.getBoundingClientRect().width / 640);
          const reading = {
            overflow: root.scrollWidth - root.clientWidth, width: innerWidth,
            charts: document.querySelectorAll('figure > svg[role=img]').length,
            curves: document.querySelectorAll('figure > svg path.l').length,
            mapCells: document.querySelectorAll('figure > svg path[class^=h]').length,
            background: getComputedStyle(document.body).backgroundColor,
            smallestLabel: Math.min(...labels),
            tip: document.querySelector('.tip').textContent, errors: window.failures,
          };
          parent.postMessage(JSON.stringify(reading), '*');
        });
        </script>
        """

    private static func window(_ view: BrowserView) -> String {
        """
        <!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">
        <script>
        addEventListener('message', event => {
          const out = document.createElement('pre');
          out.id = 'probe';
          out.textContent = event.data;
          document.body.append(out);
        });
        </script>
        <iframe src="probe.html" width="\(view.width)" height="\(view.height)"
        style="border:0"></iframe>
        """
    }
}
