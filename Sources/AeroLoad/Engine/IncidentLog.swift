// What drivers and handlers had to tell of a run.

/// Texts of what happened, each with how often; bounded.
@usableFromInline package struct IncidentLog: Sendable, Equatable {
    /// What happened and how often, in order of first appearance.
    package private(set) var entries: [Entry] = []
    /// Incidents beyond the bound on different texts.
    package private(set) var furtherCount: Int64 = 0
    /// When each happened, by the place of its text in `entries`; the first so many.
    private(set) var moments: [Moment] = []

    struct Moment: Sendable, Equatable {
        let entry: Int
        let atNanoseconds: Int64
    }

    /// One kind of incident.
    @usableFromInline package struct Entry: Sendable, Equatable {
        package let text: String
        package var count: Int64
        package let firstNanoseconds: Int64
    }

    // BOUND: a result names kinds of incidents, it is not a log file.
    private static let entryCountMax = 32
    // BOUND: enough to say what else happened around the slowest messages.
    private static let momentCountMax = 512

    @usableFromInline package init() {}

    init(entries: [Entry], furtherCount: Int64, moments: [Moment]) {
        self.entries = entries
        self.furtherCount = furtherCount
        self.moments = moments
    }

    /// Notes that something happened, so many times.
    package mutating func note(_ text: String, count: Int64, nowNanoseconds: Int64) {
        if let index = entries.firstIndex(where: { $0.text == text }) {
            entries[index].count += count
            note(Moment(entry: index, atNanoseconds: nowNanoseconds))
        } else if entries.count < Self.entryCountMax {
            entries.append(Entry(text: text, count: count, firstNanoseconds: nowNanoseconds))
            note(Moment(entry: entries.count - 1, atNanoseconds: nowNanoseconds))
        } else {
            furtherCount += count
        }
    }

    private mutating func note(_ moment: Moment) {
        if moments.count < Self.momentCountMax { moments.append(moment) }
    }

    /// What happened in a range of times, each text once; of the first incidents of a run.
    package func texts(in times: ClosedRange<Int64>) -> [String] {
        let found = Set(moments.filter { times.contains($0.atNanoseconds) }.map(\.entry))
        return found.sorted().map { entries[$0].text }
    }

    /// Adds another worker's incidents.
    package mutating func merge(_ other: IncidentLog) {
        let own = moments
        for entry in other.entries {
            note(entry.text, count: entry.count, nowNanoseconds: entry.firstNanoseconds)
        }
        furtherCount += other.furtherCount
        // The moments of both, instead of those that the texts were entered with.
        moments = own
        for moment in other.moments {
            let text = other.entries[moment.entry].text
            guard let entry = entries.firstIndex(where: { $0.text == text }) else { continue }
            note(Moment(entry: entry, atNanoseconds: moment.atNanoseconds))
        }
    }
}
