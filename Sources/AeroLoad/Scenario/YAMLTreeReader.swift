// Reads one YAML document into nodes with positions, by way of libyaml's event interface.

import CYAML

/// Turns the bytes of one YAML document into a `ScenarioNode` tree.
///
/// Anchors, aliases, tags, several documents and keys that are not plain text are refused by name:
/// a scenario says everything in place. Size, depth and node count are bounded.
struct YAMLTreeReader: ~Copyable {
    // BOUND: a shipped scenario has under 2 KiB; this only stops a wrong file early.
    static let byteCountLimit = 256 * 1024
    // BOUND: scenario -> classes -> class -> load -> value is five.
    static let depthLimit = 12
    // BOUND: 256 classes with every key written are about 10,000 nodes.
    static let nodeCountLimit = 20_000

    /// Where the text came from: every node of an override shares the override's position.
    enum Origin {
        case file(String)
        case override(String)
    }

    // SAFETY: allocated and initialised by init, deleted and freed by deinit; never copied out.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let origin: Origin
    private var nodeCount = 0

    /// Reads the document in `bytes`.
    static func read(_ bytes: [UInt8], from origin: Origin) throws(ScenarioError) -> ScenarioNode {
        guard bytes.count <= byteCountLimit else {
            let reason = ScenarioError.Reason.tooLarge(
                byteCount: bytes.count, limit: byteCountLimit)
            throw ScenarioError(position(of: yaml_mark_t(), in: origin), reason)
        }
        // SAFETY: the reader, which keeps the pointer, does not outlive the closure.
        return try bytes.withUnsafeBufferPointer { buffer throws(ScenarioError) in
            var reader = YAMLTreeReader(buffer, origin: origin)
            return try reader.readDocument(bytes)
        }
    }

    /// - Parameter input: Borrowed; must stay alive as long as the reader.
    private init(_ input: UnsafeBufferPointer<UInt8>, origin: Origin) {
        self.origin = origin
        parser = .allocate(capacity: 1)
        let isInitialized = yaml_parser_initialize(parser)
        precondition(isInitialized == 1, "libyaml could not allocate its parser")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private mutating func readDocument(_ bytes: [UInt8]) throws(ScenarioError) -> ScenarioNode {
        var event = try next(bytes)  // Stream start.
        event = try next(bytes)
        guard event.kind != .streamEnd else { throw ScenarioError(event.position, .empty) }
        let root = try readNode(next(bytes), depth: 1, bytes)
        _ = try next(bytes)  // Document end.
        event = try next(bytes)
        guard event.kind == .streamEnd else {
            throw ScenarioError(event.position, .unsupportedYAML("more than one document"))
        }
        return root
    }

    private mutating func readNode(
        _ event: YAMLEvent, depth: Int, _ bytes: [UInt8]
    ) throws(ScenarioError) -> ScenarioNode {
        nodeCount += 1
        guard nodeCount <= Self.nodeCountLimit else {
            throw ScenarioError(event.position, .tooManyNodes(limit: Self.nodeCountLimit))
        }
        guard depth <= Self.depthLimit else {
            throw ScenarioError(event.position, .tooDeep(limit: Self.depthLimit))
        }
        if let feature = event.unsupportedFeature {
            throw ScenarioError(event.position, .unsupportedYAML(feature))
        }
        switch event.kind {
        case .scalar(let text):
            return ScenarioNode(position: event.position, content: .scalar(text))
        case .sequenceStart:
            var elements: [ScenarioNode] = []
            var element = try next(bytes)
            while element.kind != .sequenceEnd {
                elements.append(try readNode(element, depth: depth + 1, bytes))
                element = try next(bytes)
            }
            return ScenarioNode(position: event.position, content: .sequence(elements))
        case .mappingStart:
            let entries = try readEntries(depth: depth, bytes)
            return ScenarioNode(position: event.position, content: .mapping(entries))
        default:
            preconditionFailure("libyaml sent \(event.kind) where a node must start")
        }
    }

    private mutating func readEntries(
        depth: Int, _ bytes: [UInt8]
    ) throws(ScenarioError) -> [ScenarioNode.Entry] {
        var entries: [ScenarioNode.Entry] = []
        var seen: Set<String> = []
        var key = try next(bytes)
        while key.kind != .mappingEnd {
            let node = try readNode(key, depth: depth + 1, bytes)
            guard case .scalar(let text) = node.content else {
                throw ScenarioError(node.position, .unsupportedYAML("a list or mapping as a key"))
            }
            guard seen.insert(text).inserted else {
                throw ScenarioError(
                    node.position, .duplicateKey(text, title: "the same mapping"))
            }
            let value = try readNode(next(bytes), depth: depth + 1, bytes)
            entries.append(.init(key: text, keyPosition: node.position, value: value))
            key = try next(bytes)
        }
        return entries
    }
}

extension YAMLTreeReader {
    /// The next event, copied out of libyaml's memory.
    private mutating func next(_ bytes: [UInt8]) throws(ScenarioError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw parserError(bytes) }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event, at: Self.position(of: event.start_mark, in: origin))
    }

    private func parserError(_ bytes: [UInt8]) -> ScenarioError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable text"
        guard parser.pointee.error != YAML_READER_ERROR else {
            // The reader fails before there is a mark; it knows the byte's offset only.
            let mark = Self.mark(atByte: Int(parser.pointee.problem_offset), of: bytes)
            return ScenarioError(Self.position(of: mark, in: origin), .notYAML(problem))
        }
        let context = parser.pointee.context.map { String(cString: $0) + ": " } ?? ""
        return ScenarioError(
            Self.position(of: parser.pointee.problem_mark, in: origin),
            .notYAML(context + problem))
    }

    private static func mark(atByte offset: Int, of bytes: [UInt8]) -> yaml_mark_t {
        var mark = yaml_mark_t()
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                mark.line += 1
                mark.column = 0
            } else if byte & 0xC0 != 0x80 {
                mark.column += 1
            }
        }
        return mark
    }

    private static func position(of mark: yaml_mark_t, in origin: Origin) -> ScenarioPosition {
        switch origin {
        case .file(let name):
            .file(name: name, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        case .override(let text): .override(text)
        }
    }
}
