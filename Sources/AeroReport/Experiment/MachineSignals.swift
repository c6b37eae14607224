// What was seen of the machine beside one run of an experiment.

/// The machine during one run. Shares are of the time that passed, 0 to 1; what the kernel does not
/// tell is absent.
package struct MachineSignals: Codable, Equatable, Sendable {
    /// Time in which some task was ready and had no core.
    package var processorPressure: Double?
    /// Time in which all tasks waited for memory.
    package var memoryPressure: Double?
    /// Time in which all tasks waited for storage.
    package var storagePressure: Double?
    /// Processor time that the hypervisor gave to somebody else.
    package var stealShare: Double?
    /// Context switches of the whole machine.
    package var contextSwitchesPerSecond: Double?
    /// The same small computation, timed right before and after: the fastest, in nanoseconds.
    package var calibrationNanoseconds: Int64

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        processorPressure: Double? = nil, memoryPressure: Double? = nil,
        storagePressure: Double? = nil, stealShare: Double? = nil,
        contextSwitchesPerSecond: Double? = nil, calibrationNanoseconds: Int64
    ) {
        self.processorPressure = processorPressure
        self.memoryPressure = memoryPressure
        self.storagePressure = storagePressure
        self.stealShare = stealShare
        self.contextSwitchesPerSecond = contextSwitchesPerSecond
        self.calibrationNanoseconds = calibrationNanoseconds
    }
}

/// The kernel's accounts at one moment; two of them make signals.
package struct MachineReading: Sendable {
    private let nanoseconds: Int64
    private let processorStall: Int64?
    private let memoryStall: Int64?
    private let storageStall: Int64?
    private let times: ProcessorTimes?
    private let contextSwitchCount: Int64?

    /// Reads them.
    ///
    /// - Parameters:
    ///   - nanoseconds: Now, on the monotonic clock.
    ///   - files: Where to read from.
    package init(atNanoseconds nanoseconds: Int64, files: SystemFiles = .live) {
        self.nanoseconds = nanoseconds
        func stall(_ resource: String, _ kind: String) -> Int64? {
            files.read("/proc/pressure/\(resource)").flatMap { Self.stalled(kind, in: $0) }
        }
        processorStall = stall("cpu", "some")
        memoryStall = stall("memory", "full")
        storageStall = stall("io", "full")
        let statistics = files.read("/proc/stat")
        times = statistics.flatMap { ProcessorTimes(stat: $0) }
        contextSwitchCount = statistics.flatMap {
            KeyedLines.value("ctxt", in: $0, separator: " ").flatMap { Int64($0) }
        }
    }

    /// What happened since an earlier reading.
    ///
    /// - Parameter calibrationNanoseconds: As in the signals.
    package func signals(
        since earlier: MachineReading, calibrationNanoseconds: Int64
    ) -> MachineSignals {
        let passed = Double(max(nanoseconds - earlier.nanoseconds, 1))
        func share(_ before: Int64?, _ after: Int64?) -> Double? {
            guard let before, let after else { return nil }
            return min(max(Double(after - before) * 1e3 / passed, 0), 1)
        }
        var switches: Double?
        if let before = earlier.contextSwitchCount, let after = contextSwitchCount {
            switches = Double(after - before) * 1e9 / passed
        }
        var steal: Double?
        if let times, let before = earlier.times { steal = times.stealShare(since: before) }
        return MachineSignals(
            processorPressure: share(earlier.processorStall, processorStall),
            memoryPressure: share(earlier.memoryStall, memoryStall),
            storagePressure: share(earlier.storageStall, storageStall),
            stealShare: steal, contextSwitchesPerSecond: switches,
            calibrationNanoseconds: calibrationNanoseconds)
    }

    /// Microseconds of stall so far in `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234`.
    ///
    /// Source: the kernel's Documentation/accounting/psi.rst.
    static func stalled(_ kind: String, in text: String) -> Int64? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(kind + " ") })
        else { return nil }
        let field = line.split(separator: " ").first { $0.hasPrefix("total=") }
        return field.flatMap { Int64($0.dropFirst("total=".count)) }
    }
}
