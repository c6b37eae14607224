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
        let page = ReportPage(
            title: title, eyebrow: eyebrow,
            lead: runs.isEmpty ? .empty : RunOverview(runs: runs).markup,
            sections: try sections(),
            footer: "Made by aerobench from the files named above; charts show what these files "
                + "hold. Latencies are read from merged histograms and never averaged.")
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
        sections += matrices.map { document in
            VersusComparison(document).map { VersusSection($0).markup }
                ?? MatrixSection(document).markup
        }
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
