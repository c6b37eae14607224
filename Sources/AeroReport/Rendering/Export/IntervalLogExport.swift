// A result as an interval log of HdrHistogram.

import HDRHistogram

/// Writes the log. Lines are ordered by time within a tag, and tags follow each other.
struct IntervalLogExport {
    private let document: ResultDocument

    init(_ document: ResultDocument) { self.document = document }

    func text() throws(ResultFileError) -> String {
        var writer = IntervalLogWriter()
        writer.writeComment("[Logged with \(document.tool.name) \(document.tool.version)]")
        writer.writeFormatVersion()
        writer.writeComment("[Result: \(document.id), values in nanoseconds]")
        let started = CreationStamp.millisecondsSince1970(document.window.startedAt)
        if let started {
            writer.writeStartTime(epochNanoseconds: started * 1_000_000)
            writer.writeBaseTime(epochNanoseconds: started * 1_000_000)
        }
        writer.writeLegend()
        for entry in document.classes {
            for name in entry.series.keys.sorted() {
                for interval in try ExportedInterval.intervals(of: name, in: entry) {
                    let prefix = interval.phase == .warmup ? "warmup/" : ""
                    let tag = Self.tag("\(prefix)\(entry.name)/\(name)")
                    let length = interval.counts?.durationNanoseconds
                    do throws(HistogramError) {
                        try writer.writeInterval(
                            interval.histogram,
                            startNanoseconds: interval.series.startNanoseconds,
                            lengthNanoseconds: length ?? document.window.intervalNanoseconds,
                            tag: tag)
                    } catch {
                        throw .invalidValue(
                            path: "classes.\(entry.name)", detail: "cannot be a tag: \(error)")
                    }
                }
            }
        }
        return writer.takeText()
    }

    /// A name without what would end a tag.
    static func tag(_ name: String) -> String {
        String(name.map { $0 == "," || $0.isWhitespace || $0.isNewline ? "_" : $0 })
    }
}
