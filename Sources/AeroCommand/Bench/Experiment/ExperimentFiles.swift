// The files that an experiment leaves behind.

import AeroReport

/// A folder with all runs and the report.
struct ExperimentFiles {
    let folder: String

    /// - Parameters:
    ///   - path: What the user named; nil for a new name in `results`.
    ///   - name: What that name says.
    init(_ path: String?, name: String, _ tool: ToolRecord) throws(CommandError) {
        var folder = path
        if folder == nil {
            let file = try ResultFiles.outputPath(nil, name: name, tool)
            folder = String(file.dropLast(".json".count))
        }
        self.folder = folder ?? ""
        try OutputFile.makeFolder(self.folder)
    }

    /// Writes all runs: those that count, one file for each side, and the others in a third one.
    func write(_ experiment: PairedExperiment) throws(CommandError) {
        let files = [
            ("base.json", experiment.baseline), ("candidate.json", experiment.candidate),
            ("set-aside.json", experiment.setAside),
        ]
        for (name, documents) in files where !documents.isEmpty {
            try OutputFile.write(try ResultFiles.encode(documents), to: "\(folder)/\(name)")
        }
    }

    /// Writes the report beside them.
    func write(_ report: GateReport) throws(CommandError) {
        try OutputFile.write(try GateCommand.encode(report), to: "\(folder)/gate.json")
    }
}
