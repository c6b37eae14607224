// One or many results as one HTML file that needs nothing else.

/// A report: everything is in the one file, and nothing in it is fetched from elsewhere.
///
/// Layout, most important first: the headline, runs of one scenario beside each other, then each
/// run with its verdict, charts and circumstances. Equal input gives equal bytes.
package struct HTMLReport {
    private let runs: [ReportRun]
    private let matrices: [MatrixDocument]
    private let capacities: [CapacityDocument]

    // BOUND: sections of so many runs are open at first; of more, the reader opens what is wanted.
    private static let openRunCountMax = 2

    /// Makes a report.
    ///
    /// - Parameter sources: At least one; they are shown in this order.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package init(_ sources: [ReportSource]) throws(ResultFileError) {
        var documents: [(document: ResultDocument, source: String)] = []
        var matrices: [MatrixDocument] = []
        var capacities: [CapacityDocument] = []
        for source in sources {
            switch source.content {
            case .results(let own): documents += own.map { ($0, source.name) }
            case .matrix(let document): matrices.append(document)
            case .capacity(let document): capacities.append(document)
            }
        }
        let labels = ReportLabels.labels(documents.map(\.document))
        var runs: [ReportRun] = []
        for (index, entry) in documents.enumerated() {
            runs.append(
                try ReportRun(
                    entry.document, label: labels[index], number: index + 1, source: entry.source))
        }
        self.runs = runs
        self.matrices = matrices
        self.capacities = capacities
    }

    /// The whole file.
    ///
    /// - Throws: `.invalidValue` when the histogram of an interval does not decode.
    package func text() throws(ResultFileError) -> String {
        let sections = try self.sections()
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>
            \(Markup(stringLiteral: ReportStyle.text))</style>
            </head>
            <body>
            <header>
            <p class="eyebrow">\(eyebrow)</p>
            <h1>\(title)</h1>
            \(runs.isEmpty ? .empty : RunOverview(runs: runs).markup)</header>
            <main>
            \(sections)</main>
            <footer>Made by aerobench from the files named above; charts show what these files \
            hold. Latencies are read from merged histograms and never averaged. Point at a chart, \
            or focus it and use the arrow keys, to read its numbers.</footer>
            <script>
            \(Markup(stringLiteral: ReportScript.text))</script>
            </body>
            </html>

            """
        return page.text
    }

    private var scenarios: [String] {
        var names: [String] = []
        for run in runs where !names.contains(run.document.scenario.name) {
            names.append(run.document.scenario.name)
        }
        return names
    }

    private var title: String {
        let names =
            scenarios + matrices.map { "\($0.name), matrix" }
            + capacities.map { "\($0.scenario.name), capacity" }
        // BOUND: three names are a title; more are a list.
        if names.count > 3 { return "\(names.count) scenarios" }
        return names.joined(separator: ", ")
    }

    private var eyebrow: String {
        let systems = Set(runs.map(\.system)).sorted()
        let whose = systems.isEmpty ? "" : " · " + systems.joined(separator: ", ")
        let day =
            (runs.map(\.document.createdAt) + matrices.map(\.createdAt)
            + capacities.map(\.createdAt)).max().map { " · " + $0.prefix(10) } ?? ""
        return "Load test report\(whose)\(day)"
    }

    private func sections() throws(ResultFileError) -> [Markup] {
        var sections: [Markup] = []
        sections += capacities.map { CapacitySection($0).markup }
        sections += matrices.map { MatrixSection($0).markup }
        for name in scenarios {
            let own = runs.filter { $0.document.scenario.name == name }
            if own.count > 1 {
                sections.append(try RunComparison(scenario: name, runs: own).markup())
            }
        }
        for run in runs {
            let body = try RunSection(run: run).markup()
            if runs.count == 1 {
                sections.append("<section id=\"\(run.anchor)\">\n\(body)</section>\n")
                continue
            }
            let state: Markup = runs.count <= Self.openRunCountMax ? " open" : ""
            sections.append(
                """
                <details class="run" id="\(run.anchor)"\(state)>
                <summary><h2>\(run.label)</h2></summary>
                \(RunOverview(runs: [run]).markup)\(body)</details>

                """)
        }
        return sections
    }
}
