// `aerobench versus`: brokers beside each other, at equal promises.

import AeroReport

enum VersusCommand {
    static let subcommand = Subcommand(VersusOptions.specification) {
        (arguments, console) throws(CommandError) in
        let options = try VersusOptions(arguments)
        let tool = ToolIdentity.record()
        let path = try ResultFiles.outputPath(
            options.outputPath, name: options.request.name + "-versus", tool)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        var execution = try MatrixExecution(
            options.request, seed: options.orderSeed,
            RunExecution(
                target: RunTarget(endpoint: nil, brokerPath: nil, dataFolder: nil),
                console: console, stop: stop, tool: tool, isQuiet: true),
            targets: options.targets.targets, isQuiet: options.isQuiet,
            keepsResults: options.resultsPath != nil)
        try execution.run { (matrix) throws(CommandError) in
            // After each run, so that an accident in a later one costs no earlier one.
            try OutputFile.write(try encoded(stated(matrix.document)), to: path)
            if let resultsPath = options.resultsPath, !matrix.results.isEmpty {
                try OutputFile.write(try ResultFiles.encode(matrix.results), to: resultsPath)
            }
        }
        withExtendedLifetime(signals) {}
        let document = stated(execution.document)
        console.write(try rendered(document, options.format, path: path, style: console.style))
        console.error("result: \(path)")
        return MatrixCommand.exitCode(document)
    }

    private static func stated(_ document: MatrixDocument) -> MatrixDocument {
        var document = document
        document.stateLimitShares()
        return document
    }

    private static func encoded(_ document: MatrixDocument) throws(CommandError) -> [UInt8] {
        try ResultFiles.bytes { () throws(ResultFileError) in try document.encoded() }
    }

    /// The comparison as it is asked for. Where no broker came so far as to promise anything, what
    /// is left is the matrix with its reasons.
    private static func rendered(
        _ document: MatrixDocument, _ format: CompareCommand.Format, path: String,
        style: TerminalStyle
    ) throws(CommandError) -> [UInt8] {
        let table = VersusComparison(document).map { VersusTable($0, style: style) }
        switch format {
        case .text:
            return Array((table?.text ?? MatrixTable(document, style: style).text).utf8)
        case .markdown:
            return Array((table?.markdown ?? MatrixTable(document).markdown).utf8)
        case .json: return try encoded(document)
        case .html:
            return try ResultFiles.bytes { () throws(ResultFileError) in
                let source = try ReportSource(
                    name: ReportFiles.name(path), decoding: try document.encoded())
                return Array(try HTMLReport([source]).text().utf8)
            }
        }
    }
}
