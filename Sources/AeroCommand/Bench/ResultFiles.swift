// Reading, writing and naming result files.

import AeroIO
import AeroReport

enum ResultFiles {
    /// All results of a file.
    ///
    /// - Throws: What is wrong with it, with its path; the exit code is 6.
    static func read(_ path: String) throws(CommandError) -> [ResultDocument] {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .ended("cannot read \(path): \(error)", .incomparable)
        }
        do throws(ResultFileError) { return try ResultDocument.decode(bytes) } catch {
            throw .ended("\(path): \(error)", .incomparable)
        }
    }

    /// All results of files and of folders, of which every `*.json` has to be one.
    ///
    /// - Throws: As `read`; also when a folder has none.
    static func readAll(_ paths: [String]) throws(CommandError) -> [ResultDocument] {
        var documents: [ResultDocument] = []
        for path in paths {
            let names = InputFile.names(in: path)
            if names.isEmpty {
                documents += try read(path)
                continue
            }
            let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
            let results = names.filter { $0.hasSuffix(".json") }
            if results.isEmpty {
                throw .ended("there is no result file (*.json) in \(path)", .incomparable)
            }
            for name in results { documents += try read("\(folder)/\(name)") }
        }
        return documents
    }

    /// The first result of a file that is needed beside another one.
    static func single(_ path: String) throws(CommandError) -> ResultDocument {
        let documents: [ResultDocument]
        do throws(CommandError) { documents = try read(path) } catch {
            throw .failed(error.message)
        }
        return documents[0]
    }

    /// One document as it is, several as a list.
    static func encode(_ documents: [ResultDocument]) throws(CommandError) -> [UInt8] {
        try bytes { () throws(ResultFileError) in
            documents.count == 1
                ? try documents[0].encoded() : try ResultDocument.encoded(documents)
        }
    }

    /// The bytes of a document of any kind.
    static func bytes(
        of encoded: () throws(ResultFileError) -> [UInt8]
    ) throws(CommandError) -> [UInt8] {
        do throws(ResultFileError) { return try encoded() } catch {
            throw .failed("the result has no JSON form: \(error)")
        }
    }

    /// Where the result of a command goes, checked before the work begins.
    ///
    /// - Parameters:
    ///   - path: What the user named; nil for a new name in `results`.
    ///   - name: What that name says.
    static func outputPath(
        _ path: String?, name: String, _ tool: ToolRecord
    ) throws(CommandError) -> String {
        if let path {
            try OutputFile.check(path)
            return path
        }
        try OutputFile.makeFolder("results")
        return Self.name(scenario: name, commit: tool.commit, createdAt: CreationStamp.now())
    }

    /// `results/2026-01-31T090500Z-smoke-1a2b3c4.json`.
    ///
    /// - Parameter createdAt: ISO 8601 in UTC, with or without a fraction of a second.
    static func name(scenario: String, commit: String, createdAt: String) -> String {
        let seconds = createdAt.prefix { $0 != "." && $0 != "Z" }.filter { $0 != ":" }
        return "results/\(seconds)Z-\(scenario)-\(commit).json"
    }
}
