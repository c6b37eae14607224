// The broker: listener, shards, and an orderly start and stop.

import AeroCore
package import AeroIO
import AeroMemory

/// A running broker.
///
/// Start order: settings, listening socket, rings, shards; it is ready when `start` returns.
/// Stop order: the listener closes, what is in flight is answered, connections close once they
/// are flushed, threads end.
package final class Broker {
    /// Where clients connect; the port is the real one when 0 was asked for.
    package let address: SocketAddress
    /// The poller in use, and why this one.
    package let pollerChoice: PollerChoice
    private let context: BrokerContext
    private let shards: [RunningShard]
    /// Watches for hiccups, if somebody asked for it.
    private let control: ControlThread?

    private init(
        address: SocketAddress, pollerChoice: PollerChoice, context: BrokerContext,
        shards: [RunningShard], control: ControlThread?
    ) {
        self.control = control
        self.address = address
        self.pollerChoice = pollerChoice
        self.context = context
        self.shards = shards
    }

    /// Starts a broker.
    ///
    /// With a data directory, every log is recovered before this returns.
    ///
    /// - Parameters:
    ///   - configuration: Its settings.
    ///   - onNotice: Hears, on any thread, what storage has to tell whoever runs the broker.
    ///   - onFailure: Called, on any thread, when the broker cannot go on and has begun to stop;
    ///     `join` then throws the reason.
    /// - Throws: `BrokerError` with what to change.
    package static func start(
        _ configuration: BrokerConfiguration,
        onNotice: @escaping @Sendable (StorageNotice) -> Void = { _ in },
        onFailure: @escaping @Sendable () -> Void = {}
    ) throws(BrokerError) -> Broker {
        try configuration.validate()
        let choice = PollerChoice.resolve(requested: configuration.poller)
        let (storage, catalog) = try openStorage(configuration, onNotice)
        let producerIds = try ProducerIds(storage: storage, seed: configuration.producerIdSeed)
        let listener = try listen(configuration.listenAddress)
        let context = BrokerContext(
            brokerId: "aeromq-\(listener.localAddress)", topics: TopicDirectory(catalog: catalog),
            storage: storage, producerIds: producerIds, shardCount: configuration.shardCount,
            clock: configuration.clock,
            hiccups: configuration.watchesHiccups
                ? HiccupWatch(nowNanoseconds: MonotonicClock.nowNanoseconds()) : nil,
            onFailure: onFailure)
        let address = listener.localAddress
        let shards: [RunningShard]
        var control: ControlThread?
        do throws(Errno) {
            if let hiccups = context.hiccups {
                control = try ControlThread.start(
                    name: "hiccups", periodNanoseconds: HiccupWatch.periodNanoseconds
                ) { hiccups.note($0) }
            }
            switch choice.kind {
            case .epoll:
                shards = try ShardGroup.start(
                    configuration, context, listener: listener, poller: EpollPoller.self)
            case .uring:
                shards = try ShardGroup.start(
                    configuration, context, listener: listener, poller: UringPoller.self)
            }
        } catch {
            control?.stop()
            throw .system("start the shards", error)
        }
        return Broker(
            address: address, pollerChoice: choice, context: context, shards: shards,
            control: control)
    }

    /// Asks the broker to stop; returns at once. Safe to call more than once.
    package func stop() {
        context.stop()
        for shard in shards { shard.waker.wake() }
    }

    /// Waits until every shard has ended.
    ///
    /// - Throws: The error that ended an event loop early, if one did.
    package func join() throws(BrokerError) {
        var failure: Errno?
        for shard in shards {
            if let error = shard.join() { failure = failure ?? error }
        }
        control?.stop()
        if let failure { throw .system("run an event loop", failure) }
    }

    /// Opens the data directory, if there is to be one, and reads its topics.
    static func openStorage(
        _ configuration: BrokerConfiguration,
        _ onNotice: @escaping @Sendable (StorageNotice) -> Void
    ) throws(BrokerError) -> (BrokerStorage?, TopicCatalog) {
        var limits = configuration.topicLimits
        limits.hasDisk = configuration.dataDirectory != nil
        var catalog = TopicCatalog(limits: limits)
        guard let path = configuration.dataDirectory else { return (nil, catalog) }
        let storage = try BrokerStorage(
            path: path, disk: configuration.disk, onNotice: onNotice)
        try storage.restoreTopics(into: &catalog)
        return (storage, catalog)
    }

    private static func listen(_ address: SocketAddress) throws(BrokerError) -> TCPListener {
        do throws(Errno) {
            return try TCPListener.bind(address)
        } catch {
            throw .cannotListen("\(address)", error)
        }
    }
}
