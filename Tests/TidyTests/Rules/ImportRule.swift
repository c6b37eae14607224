// Each module imports what its row allows: arrows point down, and the system stays in its place.

/// The layers of the package, written as one import allow-list per module.
struct ImportRule: TidyRule {
    let name = "imports"

    /// What every module may import.
    static let everywhere: Set<String> = ["Synchronization"]

    /// What else each module may import. `Foundation` is in no row: it links megabytes.
    static let allowed: [String: Set<String>] = [
        "AeroMemory": ["Glibc"],
        "HDRHistogram": ["CZlib", "Glibc"],
        "AeroIO": ["AeroMemory", "CLinux", "CUring", "Glibc"],
        "AeroWire": ["AeroMemory", "CChecksum", "CLZ4", "CSnappy", "CZlib", "CZstd"],
        "AeroStorage": ["AeroIO", "AeroMemory", "AeroWire"],
        "AeroCore": ["AeroMemory", "AeroWire"],
        "AeroBroker": ["AeroCore", "AeroIO", "AeroMemory", "AeroStorage", "AeroWire"],
        "AeroClient": ["AeroCore", "AeroIO", "AeroMemory", "AeroWire"],
        "AeroLoad": ["AeroIO", "AeroMemory", "CChecksum", "CYAML", "HDRHistogram"],
        "AeroReport": ["FoundationEssentials", "Glibc", "HDRHistogram"],
        "AeroDrivers": [
            "AeroClient", "AeroCore", "AeroIO", "AeroLoad", "AeroMemory", "AeroWire", "CHiredis",
            "CMosquitto", "CNATS", "CRabbitMQ", "CRdKafka", "Glibc",
        ],
        "AeroCommand": [
            "AeroBroker", "AeroClient", "AeroDrivers", "AeroIO", "AeroLoad", "AeroMemory",
            "AeroReport", "AeroStorage", "AeroWire", "Glibc", "HDRHistogram",
        ],
        "aeromq": ["AeroCommand", "CAllocationCount"],
        "aerobench": ["AeroCommand", "CAllocationCount"],
        "MicroBenchmarks": [
            "AeroIO", "AeroLoad", "AeroMemory", "AeroWire", "CAllocationCount", "Glibc",
            "HDRHistogram",
        ],
    ]

    func findings(in tree: SourceTree) -> [Finding] {
        tree.swiftFiles.filter(\.isProduct).flatMap(findings(in:))
    }

    private func findings(in file: TreeFile) -> [Finding] {
        guard let module = file.module, let row = Self.allowed[module] else {
            return [
                Finding(
                    rule: name, path: file.path, line: 1,
                    what: "the module \(file.module ?? "") has no row in ImportRule",
                    remedy: "Add the row with the layer that the module belongs to.")
            ]
        }
        return file.offsets(of: "import", in: file.code).compactMap { offset in
            let line = file.lineNumber(at: offset)
            guard let imported = Self.importedModule(file.codeLine(line)) else { return nil }
            guard !row.contains(imported), !Self.everywhere.contains(imported) else { return nil }
            return Finding(
                rule: name, path: file.path, line: line,
                what: "\(module) may not import \(imported)",
                remedy: "Move the code to a module whose row in ImportRule allows it.")
        }
    }

    /// The module that an import declaration names, whatever its access level and kind.
    static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import") else { return nil }
        let modifiers: Set<Substring> = ["public", "package", "internal", "private", "fileprivate"]
        for word in words[..<keyword] where !modifiers.contains(word) && !word.hasPrefix("@") {
            return nil
        }
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
        ]
        let path = words[(keyword + 1)...].first { !kinds.contains($0) }
        return path?.split(separator: ".").first.map(String.init)
    }
}
