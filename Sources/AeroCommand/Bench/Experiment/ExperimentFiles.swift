// The files that an experiment leaves behind.

import AeroReport
import Glibc

/// A folder with all runs and the report.
struct ExperimentFiles {
    let folder: String
    /// Whether it was made for this experiment.
    private let isNew: Bool

    private static let runNames = (
        baseline: "base.json", candidate: "candidate.json", setAside: "set-aside.json"
    )
    private static let reportName = "gate.json"

    /// - Parameters:
    ///   - path: What the user named; nil for a new name in `results`.
    ///   - name: What that name says.
    /// - Throws: When the folder cannot be made or written to, or holds an experiment: what is left
    ///   of that would stand beside what the new one writes.
    init(_ path: String?, name: String, _ tool: ToolRecord) throws(CommandError) {
        var folder = path
        if folder == nil {
            let file = try ResultFiles.outputPath(nil, name: name, tool)
            folder = String(file.dropLast(".json".count))
        }
        self.folder = folder ?? ""
        isNew = !InputFile.exists(self.folder)
        try OutputFile.makeFolder(self.folder)
        try OutputFile.check("\(self.folder)/\(Self.reportName)")
        let names = Self.runNames
        for name in [names.baseline, names.candidate, names.setAside, Self.reportName]
        where InputFile.exists("\(self.folder)/\(name)") {
            throw .failed(
                "\(self.folder) has the \(name) of another experiment; name a new folder with "
                    + "--out")
        }
    }

    /// Takes the folder away again when it was made for nothing.
    func removeEmptyFolder() {
        // It fails where something was written, which is the point.
        if isNew { _ = rmdir(folder) }
    }

    /// The report of the experiment that left a file; nil where none lies beside it.
    static func report(beside path: String) -> GateReport? {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let report = folder + reportName
        guard InputFile.exists(report) else { return nil }
        do {
            return try GateReport(decoding: InputFile.read(report))
        } catch {
            return nil  // A file of that name need not be an experiment's.
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
