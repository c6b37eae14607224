// The files that an experiment leaves behind.

import AeroReport

/// A folder with all runs and the report.
struct ExperimentFiles {
    let folder: String

    private static let runNames = (
        baseline: "base.json", candidate: "candidate.json", setAside: "set-aside.json"
    )
    private static let reportName = "gate.json"

    /// - Parameters:
    ///   - path: What the user named; nil for a new name in `results`.
    ///   - name: What that name says.
    /// - Throws: When the folder cannot be made, or holds an experiment: what is left of that would
    ///   stand beside what the new one writes.
    init(_ path: String?, name: String, _ tool: ToolRecord) throws(CommandError) {
        var folder = path
        if folder == nil {
            let file = try ResultFiles.outputPath(nil, name: name, tool)
            folder = String(file.dropLast(".json".count))
        }
        self.folder = folder ?? ""
        try OutputFile.makeFolder(self.folder)
        let names = Self.runNames
        for name in [names.baseline, names.candidate, names.setAside, Self.reportName]
        where InputFile.exists("\(self.folder)/\(name)") {
            throw .failed(
                "\(self.folder) has the \(name) of another experiment; name a new folder with "
                    + "--out")
        }
    }

    /// Writes all runs: those that count, one file for each side, and the others in a third one.
    func write(_ experiment: PairedExperiment) throws(CommandError) {
        let files = [
            (Self.runNames.baseline, experiment.baseline),
            (Self.runNames.candidate, experiment.candidate),
            (Self.runNames.setAside, experiment.setAside),
        ]
        for (name, documents) in files where !documents.isEmpty {
            try OutputFile.write(try ResultFiles.encode(documents), to: "\(folder)/\(name)")
        }
    }

    /// Writes the report beside them.
    func write(_ report: GateReport) throws(CommandError) {
        try OutputFile.write(try GateCommand.encode(report), to: "\(folder)/\(Self.reportName)")
    }
}
