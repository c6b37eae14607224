// Where a run took place: processor, memory, system, host and placement.

/// The machine and its settings, captured before the run.
package struct EnvironmentRecord: Codable, Equatable, Sendable {
    /// The processor.
    package var processor: ProcessorRecord
    /// The memory.
    package var memory: MemoryRecord
    /// Kernel, distribution, libraries.
    package var system: SystemRecord
    /// What stands between the system and the hardware.
    package var host: HostRecord
    /// Which cores generator and broker were given.
    package var placement: PlacementRecord?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        processor: ProcessorRecord, memory: MemoryRecord, system: SystemRecord, host: HostRecord,
        placement: PlacementRecord? = nil
    ) {
        self.processor = processor
        self.memory = memory
        self.system = system
        self.host = host
        self.placement = placement
    }
}

/// The processor as the run could use it.
package struct ProcessorRecord: Codable, Equatable, Sendable {
    /// The model name, or `unknown`.
    package var model: String
    /// The instruction set, such as `x86_64`.
    package var architecture: String
    /// Logical cores that are online.
    package var onlineCoreCount: Int
    /// Logical cores this process may run on, ascending.
    package var usableCores: [Int]
    /// Hardware threads per physical core.
    package var threadsPerCore: Int?
    /// The frequency governor of the first core.
    package var governor: String?
    /// Whether the clock may rise above its nominal rate.
    package var isBoostEnabled: Bool?
    /// The highest clock rate the governor may choose.
    package var maximumFrequencyHertz: Int64?
    /// Vulnerabilities the kernel mitigates or leaves open, with its own words.
    package var mitigations: [String: String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        model: String, architecture: String, onlineCoreCount: Int, usableCores: [Int],
        threadsPerCore: Int? = nil, governor: String? = nil, isBoostEnabled: Bool? = nil,
        maximumFrequencyHertz: Int64? = nil, mitigations: [String: String]
    ) {
        self.model = model
        self.architecture = architecture
        self.onlineCoreCount = onlineCoreCount
        self.usableCores = usableCores
        self.threadsPerCore = threadsPerCore
        self.governor = governor
        self.isBoostEnabled = isBoostEnabled
        self.maximumFrequencyHertz = maximumFrequencyHertz
        self.mitigations = mitigations
    }
}

/// The memory as the run could use it.
package struct MemoryRecord: Codable, Equatable, Sendable {
    /// Physical memory.
    package var totalBytes: Int64
    /// Memory available before the run, as the kernel estimates it.
    package var availableBytes: Int64
    /// The limit of the control group.
    package var limitBytes: Int64?
    /// `always`, `madvise` or `never`.
    package var transparentHugePages: String?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        totalBytes: Int64, availableBytes: Int64, limitBytes: Int64? = nil,
        transparentHugePages: String? = nil
    ) {
        self.totalBytes = totalBytes
        self.availableBytes = availableBytes
        self.limitBytes = limitBytes
        self.transparentHugePages = transparentHugePages
    }
}

/// Kernel and libraries.
package struct SystemRecord: Codable, Equatable, Sendable {
    /// The kernel release, such as `6.1.0-18-amd64`.
    package var kernel: String
    /// The distribution's own name for itself.
    package var distribution: String?
    /// The C library and its version.
    package var libc: String?
    /// The compiler that built the tool.
    package var swift: String
    /// What the kernel's clock reads.
    package var clockSource: String?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        kernel: String, distribution: String? = nil, libc: String? = nil, swift: String,
        clockSource: String? = nil
    ) {
        self.kernel = kernel
        self.distribution = distribution
        self.libc = libc
        self.swift = swift
        self.clockSource = clockSource
    }
}

/// Virtualisation, containers and what the neighbours took.
package struct HostRecord: Codable, Equatable, Sendable {
    /// Whether the processor reports a hypervisor.
    package var isVirtualized: Bool
    /// The hypervisor's or the machine's name for itself.
    package var hypervisor: String?
    /// The kind of container, when one is recognised.
    package var container: String?
    /// Cores granted by the control group, such as 1.5.
    package var processorQuota: Double?
    /// Share of processor time taken by the hypervisor during the run, 0 to 1.
    package var stealShare: Double?
    /// Load average of one minute before the run.
    package var loadAverage: Double?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        isVirtualized: Bool, hypervisor: String? = nil, container: String? = nil,
        processorQuota: Double? = nil, stealShare: Double? = nil, loadAverage: Double? = nil
    ) {
        self.isVirtualized = isVirtualized
        self.hypervisor = hypervisor
        self.container = container
        self.processorQuota = processorQuota
        self.stealShare = stealShare
        self.loadAverage = loadAverage
    }
}

/// Which cores the parts of a run were pinned to; empty means not pinned.
package struct PlacementRecord: Codable, Equatable, Sendable {
    /// Cores of the load generator.
    package var generatorCores: [Int]
    /// Cores of the broker.
    package var brokerCores: [Int]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        generatorCores: [Int], brokerCores: [Int]
    ) {
        self.generatorCores = generatorCores
        self.brokerCores = brokerCores
    }
}
