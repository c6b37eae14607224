// From `message-size` to a distribution of sizes, strictly, and back.

extension MessageSize {
    private enum Distribution: String, CaseIterable {
        case weighted, uniform
        case logNormal = "log-normal"
        case file
    }

    /// What each distribution is told by.
    private static func keys(_ distribution: Distribution) -> [String] {
        switch distribution {
        case .weighted: ["sizes"]
        case .uniform: ["min", "max"]
        case .logNormal: ["median", "sigma", "min", "max"]
        case .file: ["file"]
        }
    }

    /// Reads `message-size` of a class.
    ///
    /// - Parameter load: A trace with sizes stands for the key.
    init(_ reader: MappingReader, _ load: LoadShape) throws(ScenarioError) {
        if case .trace(let replay) = load, !replay.trace.sizes.isEmpty {
            guard reader.value("message-size") == nil else {
                throw reader.contradiction(
                    at: "message-size",
                    "the trace \(replay.file) has sizes; remove its column bytes, or this key")
            }
            self = .trace(replay.trace)
            try checkVarying(reader, at: "load")
            return
        }
        let node = try reader.required("message-size")
        let label = reader.label("message-size")
        guard case .mapping = node.content else {
            self = .fixed(
                Int(try node.quantity(.byteCount, label, in: ScenarioLimits.messageByteCount)))
            return
        }
        try self.init(node, title: label)
        try checkVarying(reader, at: "message-size")
    }

    private init(_ node: ScenarioNode, title: String) throws(ScenarioError) {
        let all = Distribution.allCases.reduce(into: ["distribution"]) { keys, each in
            keys += Self.keys(each).filter { !keys.contains($0) }
        }
        let reader = try MappingReader(
            node, title: "message-size", labelPrefix: title + ".", keys: all)
        let distribution = try reader.required("distribution")
            .choice(reader.label("distribution"), as: Distribution.self)
        let own = Self.keys(distribution)
        let foreign = all.first {
            $0 != "distribution" && reader.value($0) != nil && !own.contains($0)
        }
        if let foreign {
            throw reader.contradiction(
                at: foreign,
                "\(distribution.rawValue) is told by \(own.joined(separator: ", "))")
        }
        switch distribution {
        case .weighted: self = .weighted(try Self.shares(reader))
        case .uniform: self = .uniform(try Self.bounds(reader))
        case .logNormal:
            let bounds = try Self.bounds(reader)
            let median = try reader.requiredQuantity(
                .byteCount, "median", in: ScenarioLimits.varyingByteCount)
            guard bounds.contains(Int(median)) else {
                throw reader.contradiction(at: "median", "it is not between min and max")
            }
            self = .logNormal(
                median: Int(median),
                sigmaBillionths: try reader.requiredQuantity(
                    .number, "sigma", in: ScenarioLimits.sigmaBillionths), bounds: bounds)
        case .file:
            let node = try reader.required("file")
            let name = try node.scalar(reader.label("file"), expected: "the path of a CSV file")
            let file = DataFile(name, at: node)
            self = .histogram(file: file, try Share.read(file.read(node), path: file.place))
        }
    }

    private static func bounds(_ reader: MappingReader) throws(ScenarioError) -> ClosedRange<Int> {
        let range = ScenarioLimits.varyingByteCount
        let least = try reader.requiredQuantity(.byteCount, "min", in: range)
        let most = try reader.requiredQuantity(.byteCount, "max", in: range)
        guard least <= most else {
            throw reader.contradiction(
                at: "max", "it is less than min; the largest size comes second")
        }
        return Int(least)...Int(most)
    }

    private static func shares(_ reader: MappingReader) throws(ScenarioError) -> [Share] {
        let elements = try reader.required("sizes").elements(reader.label("sizes"))
        guard ScenarioLimits.weightedSizes.contains(elements.count) else {
            throw ScenarioError(
                reader.position(of: "sizes"),
                .outOfRange(
                    label: reader.label("sizes"), text: "\(elements.count) sizes", minimum: "1",
                    maximum: "\(ScenarioLimits.weightedSizes.upperBound)"))
        }
        var shares: [Share] = []
        for (index, element) in elements.enumerated() {
            let each = try MappingReader(
                element, title: "size \(index + 1)",
                labelPrefix: "\(reader.label("sizes")).\(index).", keys: ["size", "weight"])
            shares.append(
                Share(
                    byteCount: Int(
                        try each.requiredQuantity(
                            .byteCount, "size", in: ScenarioLimits.messageByteCount)),
                    weight: try each.integer(
                        "weight", default: 1, in: ScenarioLimits.weights)))
        }
        return shares
    }

    /// All messages of a class carry one kind of stamp.
    private func checkVarying(_ reader: MappingReader, at key: String) throws(ScenarioError) {
        let least = ScenarioLimits.varyingByteCount.lowerBound
        guard bounds.lowerBound < bounds.upperBound, bounds.lowerBound < least else { return }
        throw reader.contradiction(
            at: key,
            "there are messages of \(bounds.lowerBound)B; sizes that vary begin at \(least)B, "
                + "where messages carry the full stamp")
    }
}

extension MessageSize.Share {
    /// Reads a histogram of sizes: the columns `bytes` and `count`, in any order of lines.
    ///
    /// - Throws: The first fault, with file and line.
    static func read(_ bytes: [UInt8], path: String) throws(ScenarioError) -> [Self] {
        var table = CSVTable(bytes, path: path)
        guard try table.header() == ["bytes", "count"] else {
            throw table.error("the first line names the columns: bytes,count")
        }
        var shares: [Self] = []
        while let row = try table.next(columnCount: 2) {
            guard shares.count < ScenarioLimits.traceArrivals else {
                throw table.error("more than \(ScenarioLimits.traceArrivals) sizes")
            }
            guard let weight = Int64(row[1]), ScenarioLimits.weights.contains(weight) else {
                throw table.error(
                    "\"\(ScenarioError.Reason.quotable(row[1]))\" is not a count from 1 to "
                        + "\(ScenarioLimits.weights.upperBound)")
            }
            shares.append(Self(byteCount: Int(try table.size(row[0])), weight: weight))
        }
        guard !shares.isEmpty else { throw table.error("there are no sizes") }
        return shares
    }
}

extension MessageSize {
    /// The key `message-size` with its value; none where a trace says it.
    func members(files: KeyPath<DataFile, String>) -> [ScenarioTree.Member] {
        let members: [ScenarioTree.Member]
        switch self {
        case .fixed(let byteCount): return [.init(key: "message-size", value: .size(byteCount))]
        case .trace: return []
        case .weighted(let shares):
            members = [
                .init(key: "distribution", value: .text(Distribution.weighted.rawValue)),
                .init(key: "sizes", value: .list(shares.map(\.tree))),
            ]
        case .uniform(let bounds):
            members =
                [.init(key: "distribution", value: .text(Distribution.uniform.rawValue))]
                + Self.members(bounds)
        case .logNormal(let median, let sigmaBillionths, let bounds):
            members =
                [
                    .init(key: "distribution", value: .text(Distribution.logNormal.rawValue)),
                    .init(key: "median", value: .size(median)),
                    .init(
                        key: "sigma", value: .text(ScenarioUnit.number.text(sigmaBillionths))),
                ] + Self.members(bounds)
        case .histogram(let file, _):
            members = [
                .init(key: "distribution", value: .text(Distribution.file.rawValue)),
                .init(key: "file", value: .text(file[keyPath: files])),
            ]
        }
        return [.init(key: "message-size", value: .object(members))]
    }

    private static func members(_ bounds: ClosedRange<Int>) -> [ScenarioTree.Member] {
        [
            .init(key: "min", value: .size(bounds.lowerBound)),
            .init(key: "max", value: .size(bounds.upperBound)),
        ]
    }
}

extension MessageSize.Share {
    fileprivate var tree: ScenarioTree {
        .object([
            .init(key: "size", value: .size(byteCount)),
            .init(key: "weight", value: .count(Int(weight))),
        ])
    }
}
