// The brokers of others that can be loaded, and which of them this build can load.

package import AeroLoad

/// A broker of others, by its name in scenarios and results.
package enum PeerBroker: String, CaseIterable, Sendable {
    case kafka, rabbitmq, nats, jetstream, redis, mqtt

    /// How it is loaded and started; nil where its trait was left out of the build.
    package var parts: PeerParts? {
        switch self {
        case .kafka:
            #if KafkaDriver
                return PeerParts(server: KafkaServer.self) { KafkaDriver($0, isInterrupted: $1) }
            #else
                return nil
            #endif
        case .rabbitmq:
            #if RabbitMQDriver
                return PeerParts(server: RabbitMQServer.self) {
                    RabbitMQDriver($0, isInterrupted: $1)
                }
            #else
                return nil
            #endif
        case .nats:
            #if NATSDriver
                return PeerParts(server: NATSServer.self) { NATSDriver($0, isInterrupted: $1) }
            #else
                return nil
            #endif
        case .jetstream:
            #if NATSDriver
                return PeerParts(server: NATSServer.self) { JetStreamDriver($0, isInterrupted: $1) }
            #else
                return nil
            #endif
        case .redis:
            #if RedisDriver
                return PeerParts(server: RedisServer.self) { RedisDriver($0, isInterrupted: $1) }
            #else
                return nil
            #endif
        case .mqtt:
            #if MQTTDriver
                return PeerParts(server: MQTTServer.self) { MQTTDriver($0, isInterrupted: $1) }
            #else
                return nil
            #endif
        }
    }

    /// The trait of the package that its driver is built with.
    package var trait: String {
        switch self {
        case .kafka: "KafkaDriver"
        case .rabbitmq: "RabbitMQDriver"
        case .nats, .jetstream: "NATSDriver"
        case .redis: "RedisDriver"
        case .mqtt: "MQTTDriver"
        }
    }

    /// Its name, and whether this build lacks it.
    package var listing: String { parts == nil ? "\(rawValue) (not in this build)" : rawValue }
}

/// What one trait brings.
package struct PeerParts: Sendable {
    /// How its server is started.
    package let server: any PeerServerKind.Type
    /// Makes what loads it: where it is, and a question asked many times a second until all are
    /// connected, whether to give up.
    package let makeDriver:
        @Sendable (PeerEndpoint, _ isInterrupted: @escaping @Sendable () -> Bool) -> any LoadDriver
}
