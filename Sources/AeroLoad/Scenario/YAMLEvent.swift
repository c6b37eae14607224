// One libyaml event as a Swift value.

import CYAML

/// A libyaml event, copied; only what a scenario needs of it.
struct YAMLEvent {
    let kind: Kind
    let position: ScenarioPosition
    /// What the event uses that scenarios do not, in words; nil when nothing.
    let unsupportedFeature: String?

    enum Kind: Equatable {
        case scalar(String)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        case streamEnd
        case alias
        case other
    }

    init(_ event: yaml_event_t, at position: ScenarioPosition) {
        self.position = position
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(String(decoding: bytes, as: UTF8.self))
            unsupportedFeature = Self.feature(anchor: scalar.anchor, tag: scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            let start = event.data.sequence_start
            unsupportedFeature = Self.feature(anchor: start.anchor, tag: start.tag)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            let start = event.data.mapping_start
            unsupportedFeature = Self.feature(anchor: start.anchor, tag: start.tag)
        case YAML_ALIAS_EVENT:
            kind = .alias
            let anchor = Self.text(event.data.alias.anchor)
            unsupportedFeature = "aliases (\"*\(anchor)\"); write the value out"
        default:
            unsupportedFeature = nil
            switch event.type {
            case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
            case YAML_MAPPING_END_EVENT: kind = .mappingEnd
            case YAML_STREAM_END_EVENT: kind = .streamEnd
            default: kind = .other
            }
        }
    }

    private static func feature(
        anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?
    ) -> String? {
        if anchor != nil { return "anchors (\"&\(text(anchor))\"); write the value out" }
        if tag != nil { return "tags (\"\(text(tag))\")" }
        return nil
    }

    private static func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String {
        guard let pointer else { return "" }
        return String(cString: pointer)
    }
}
