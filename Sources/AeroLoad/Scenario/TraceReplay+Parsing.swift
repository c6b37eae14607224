// From the keys of a trace, and its file, to what is replayed.

extension TraceReplay {
    /// Reads `file` and `every`, and the file.
    ///
    /// - Parameter runNanoseconds: A trace that leaves more than the last tenth of the run without
    ///   messages is a mistake.
    init(_ reader: MappingReader, runNanoseconds: Int64) throws(ScenarioError) {
        let node = try reader.required("file")
        let name = try node.scalar(reader.label("file"), expected: "the path of a CSV file")
        file = DataFile(name, at: node)
        trace = try ArrivalTrace(file.read(node), path: file.place)
        everyNanoseconds = try reader.value("every")?.quantity(
            .duration, reader.label("every"), in: ScenarioLimits.shapeNanoseconds)
        let last = ScenarioUnit.duration.text(trace.lastNanoseconds)
        if let everyNanoseconds {
            guard everyNanoseconds > trace.lastNanoseconds else {
                throw reader.contradiction(
                    at: "every",
                    "the trace lasts until \(last); it can begin anew only after that")
            }
        } else if trace.lastNanoseconds < runNanoseconds / 10 * 9 {
            throw reader.contradiction(
                at: "file",
                "the trace ends after \(last), and the run, warm-up included, after "
                    + "\(ScenarioUnit.duration.text(runNanoseconds)); shorten duration, or let it "
                    + "begin anew with every")
        }
    }

    /// The keys of `load` that tell it.
    func members(files: KeyPath<DataFile, String>) -> [ScenarioTree.Member] {
        var members: [ScenarioTree.Member] = [
            .init(key: "file", value: .text(file[keyPath: files]))
        ]
        if let everyNanoseconds {
            members.append(
                .init(
                    key: "every", value: .text(ScenarioUnit.duration.text(everyNanoseconds))))
        }
        return members
    }
}

extension ArrivalTrace {
    /// How finely a time column may count, by its name.
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("seconds", 1_000_000_000), ("milliseconds", 1_000_000), ("microseconds", 1_000),
        ("nanoseconds", 1),
    ]

    /// Reads a trace: a line of column names, then one line for each message in order of time.
    ///
    /// The first column is `seconds`, `milliseconds`, `microseconds` or `nanoseconds` after the
    /// start; a second one, `bytes`, may tell the size of the message. Decimals are exact.
    ///
    /// - Parameter path: How errors call the file.
    /// - Throws: The first fault, with its line.
    package convenience init(_ bytes: [UInt8], path: String) throws(ScenarioError) {
        var table = CSVTable(bytes, path: path)
        let header = try table.header()
        guard let unit = Self.units.first(where: { $0.name == header.first }),
            header.count == 1 || header.count == 2 && header[1] == "bytes"
        else {
            throw table.error(
                "the first line names the columns: "
                    + Self.units.map(\.name).joined(separator: ", ") + " for the time, then "
                    + "bytes for the size or nothing")
        }
        var times: [Int64] = []
        var sizes: [Int32] = []
        while let row = try table.next(columnCount: header.count) {
            guard times.count < ScenarioLimits.traceArrivals else {
                throw table.error("more than \(ScenarioLimits.traceArrivals) arrivals")
            }
            guard let (number, rest) = DecimalNumber.split(row[0]), rest.isEmpty,
                let time = number.whole(times: unit.nanoseconds),
                time <= ScenarioLimits.shapeNanoseconds.upperBound
            else {
                throw table.error(
                    "\"\(ScenarioError.Reason.quotable(row[0]))\" is not a number of "
                        + "\(unit.name) from 0 to a day, in whole nanoseconds")
            }
            guard time >= times.last ?? 0 else {
                throw table.error("the time is before that of the line above")
            }
            times.append(time)
            guard header.count == 2 else { continue }
            sizes.append(try table.size(row[1]))
        }
        guard !times.isEmpty else { throw table.error("there are no arrivals") }
        self.init(times: times, sizes: sizes)
    }
}
