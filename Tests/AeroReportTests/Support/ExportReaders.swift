// Readers of the formats that results are exported in, written from the formats' own rules.

/// Reads comma-separated values. Source: RFC 4180.
enum CSVReader {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if isQuoted {
                if scalar != "\"" {
                    field.unicodeScalars.append(scalar)
                } else if scalars.first == "\"" {
                    field.unicodeScalars.append(scalar)
                    scalars.removeFirst()
                } else {
                    isQuoted = false
                }
                continue
            }
            switch scalar {
            case "\"": isQuoted = true
            case ",":
                row.append(field)
                field = ""
            case "\n":
                rows.append(row + [field])
                row = []
                field = ""
            default: field.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}

/// Reads the text format of Prometheus strictly. Source: "Exposition formats", version 0.0.4.
struct PrometheusReader {
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private(set) var samples: [Sample] = []
    private(set) var faults: [String] = []

    init(_ text: String) {
        if !text.hasSuffix("\n") { faults.append("the last line does not end") }
        var types: [String: String] = [:]
        var helped: Set<String> = []
        var finished: Set<String> = []
        var current = ""
        var seen: Set<String> = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                if !helped.insert(String(words[2])).inserted { faults.append("two HELP: \(line)") }
                continue
            }
            if line.hasPrefix("# TYPE ") {
                let name = String(words[2])
                if types[name] != nil || finished.contains(name) {
                    faults.append("two groups of \(name)")
                }
                if !["gauge", "summary", "counter"].contains(words[3]) {
                    faults.append("type: \(line)")
                }
                types[name] = String(words[3])
                finished.insert(current)
                current = name
                continue
            }
            guard let sample = Self.sample(String(line)) else {
                faults.append("no sample: \(line)")
                continue
            }
            let suffixes = types[current] == "summary" ? ["", "_sum", "_count"] : [""]
            if !suffixes.contains(where: { sample.name == current + $0 }) {
                faults.append("\(sample.name) in the group of \(current)")
            }
            let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
            if !seen.insert(sample.name + labels.joined(separator: ";")).inserted {
                faults.append("twice: \(line)")
            }
            samples.append(sample)
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        let isStart = first == "_" || first.properties.isAlphabetic
        return isStart
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0))
            }
    }

    private static func sample(_ line: String) -> Sample? {
        guard let open = line.firstIndex(of: "{"), isName(line[..<open]) else { return nil }
        var sample = Sample(name: String(line[..<open]), labels: [:], value: 0)
        var rest = line[line.index(after: open)...]
        while rest.first != "}" {
            guard let equals = rest.firstIndex(of: "="), isName(rest[..<equals]) else {
                return nil
            }
            let name = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard rest.popFirst() == "\"" else { return nil }
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case "n": value.append("\n")
                default: return nil
                }
            }
            if sample.labels.updateValue(value, forKey: name) != nil { return nil }
            if rest.first == "," { rest.removeFirst() }
        }
        rest.removeFirst()
        guard rest.popFirst() == " ", let value = Double(String(rest)), value.isFinite else {
            return nil
        }
        sample.value = value
        return sample
    }
}
