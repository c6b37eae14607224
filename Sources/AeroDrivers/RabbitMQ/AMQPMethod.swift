// What a client asks a server for, encoded, with the answer that it waits for.

#if RabbitMQDriver
    import CRabbitMQ

    /// A method of AMQP 0-9-1 on its way to the server.
    struct AMQPMethod {
        /// The frame's payload: number and arguments.
        let payload: [UInt8]
        /// The method that answers it; nil when none does.
        let answer: amqp_method_number_t?
        /// What it does, for errors.
        let action: String

        // BOUND: texts of the protocol have 255 bytes at most, and user and password are bounded
        // by `RabbitMQLogin`.
        private static let byteCountMax = 8 << 10

        /// Encodes a method.
        ///
        /// - Parameters:
        ///   - number: Which.
        ///   - answer: The method that answers it; nil when none does.
        ///   - action: What it does, for errors.
        ///   - arguments: Makes the structure that rabbitmq-c has for it.
        init<Arguments: BitwiseCopyable>(
            _ number: amqp_method_number_t, answer: amqp_method_number_t?, _ action: String,
            _ arguments: (AMQPTexts) -> Arguments
        ) {
            let texts = AMQPTexts()
            var arguments = arguments(texts)
            payload = withExtendedLifetime(texts) {
                [UInt8](unsafeUninitializedCapacity: Self.byteCountMax) { room, count in
                    let memory = UnsafeMutableRawBufferPointer(room)
                    memory.storeBytes(of: number.bigEndian, as: UInt32.self)
                    let rest = UnsafeMutableRawBufferPointer(rebasing: memory[4...])
                    let used = amqp_encode_method(
                        number, &arguments,
                        amqp_bytes_t(len: rest.count, bytes: rest.baseAddress))
                    precondition(used >= 0, "a method fits its bound")
                    count = 4 + Int(used)
                }
            }
            self.answer = answer
            self.action = action
        }
    }

    // MARK: - Opening

    extension AMQPMethod {
        static func startOk(_ login: RabbitMQLogin, _ action: String) -> AMQPMethod {
            AMQPMethod(
                AMQP_CONNECTION_START_OK_METHOD, answer: AMQP_CONNECTION_TUNE_METHOD, action
            ) { texts in
                amqp_connection_start_ok_t(
                    client_properties: texts.table([
                        ("product", .text("aerobench")),
                        (
                            "capabilities",
                            .table([
                                // Without them the server drops a connection without a word, or
                                // says nothing when it blocks it or deletes a consumer's queue.
                                ("authentication_failure_close", .flag(true)),
                                ("connection.blocked", .flag(true)),
                                ("consumer_cancel_notify", .flag(true)),
                                ("publisher_confirms", .flag(true)),
                                ("basic.nack", .flag(true)),
                            ])
                        ),
                    ]),
                    mechanism: texts.bytes("PLAIN"), response: texts.bytes(login.response),
                    locale: texts.bytes("en_US"))
            }
        }

        static func tuneOk(_ tune: amqp_connection_tune_ok_t, _ action: String) -> AMQPMethod {
            AMQPMethod(AMQP_CONNECTION_TUNE_OK_METHOD, answer: nil, action) { _ in tune }
        }

        static func open(_ action: String) -> AMQPMethod {
            AMQPMethod(
                AMQP_CONNECTION_OPEN_METHOD, answer: AMQP_CONNECTION_OPEN_OK_METHOD, action
            ) { texts in
                amqp_connection_open_t(
                    virtual_host: texts.bytes("/"), capabilities: amqp_bytes_t(), insist: 0)
            }
        }

        static func openChannel(_ action: String) -> AMQPMethod {
            AMQPMethod(AMQP_CHANNEL_OPEN_METHOD, answer: AMQP_CHANNEL_OPEN_OK_METHOD, action) { _ in
                amqp_channel_open_t()
            }
        }
    }

    // MARK: - Queues

    extension AMQPMethod {
        static func declareExchange(_ name: String, isDurable: Bool) -> AMQPMethod {
            AMQPMethod(
                AMQP_EXCHANGE_DECLARE_METHOD, answer: AMQP_EXCHANGE_DECLARE_OK_METHOD,
                "declare exchange \(name)"
            ) { texts in
                var method = amqp_exchange_declare_t()
                method.exchange = texts.bytes(name)
                method.type = texts.bytes("direct")
                method.durable = isDurable ? 1 : 0
                return method
            }
        }

        static func declareQueue(
            _ name: String, isDurable: Bool, _ arguments: [(String, AMQPTexts.Field)]
        ) -> AMQPMethod {
            AMQPMethod(
                AMQP_QUEUE_DECLARE_METHOD, answer: AMQP_QUEUE_DECLARE_OK_METHOD,
                "declare queue \(name)"
            ) { texts in
                var method = amqp_queue_declare_t()
                method.queue = texts.bytes(name)
                method.durable = isDurable ? 1 : 0
                method.arguments = texts.table(arguments)
                return method
            }
        }

        static func bind(queue: String, to exchange: String, key: String) -> AMQPMethod {
            AMQPMethod(
                AMQP_QUEUE_BIND_METHOD, answer: AMQP_QUEUE_BIND_OK_METHOD, "bind queue \(queue)"
            ) { texts in
                var method = amqp_queue_bind_t()
                method.queue = texts.bytes(queue)
                method.exchange = texts.bytes(exchange)
                method.routing_key = texts.bytes(key)
                return method
            }
        }

        static func delete(queue: String) -> AMQPMethod {
            AMQPMethod(
                AMQP_QUEUE_DELETE_METHOD, answer: AMQP_QUEUE_DELETE_OK_METHOD,
                "delete queue \(queue)"
            ) { texts in
                var method = amqp_queue_delete_t()
                method.queue = texts.bytes(queue)
                return method
            }
        }

        static func delete(exchange: String) -> AMQPMethod {
            AMQPMethod(
                AMQP_EXCHANGE_DELETE_METHOD, answer: AMQP_EXCHANGE_DELETE_OK_METHOD,
                "delete exchange \(exchange)"
            ) { texts in
                var method = amqp_exchange_delete_t()
                method.exchange = texts.bytes(exchange)
                return method
            }
        }
    }

    // MARK: - Messages

    extension AMQPMethod {
        static func selectConfirms() -> AMQPMethod {
            AMQPMethod(
                AMQP_CONFIRM_SELECT_METHOD, answer: AMQP_CONFIRM_SELECT_OK_METHOD,
                "ask for publisher confirms"
            ) { _ in amqp_confirm_select_t() }
        }

        static func prefetch(_ messageCount: Int) -> AMQPMethod {
            AMQPMethod(
                AMQP_BASIC_QOS_METHOD, answer: AMQP_BASIC_QOS_OK_METHOD, "set the prefetch count"
            ) { _ in
                amqp_basic_qos_t(
                    prefetch_size: 0, prefetch_count: UInt16(messageCount), global: 0)
            }
        }

        static func consume(queue: String, tag: String) -> AMQPMethod {
            AMQPMethod(
                AMQP_BASIC_CONSUME_METHOD, answer: AMQP_BASIC_CONSUME_OK_METHOD,
                "consume queue \(queue)"
            ) { texts in
                var method = amqp_basic_consume_t()
                method.queue = texts.bytes(queue)
                method.consumer_tag = texts.bytes(tag)
                return method
            }
        }

        static func publish(exchange: String, key: String) -> AMQPMethod {
            AMQPMethod(AMQP_BASIC_PUBLISH_METHOD, answer: nil, "publish") { texts in
                var method = amqp_basic_publish_t()
                method.exchange = texts.bytes(exchange)
                method.routing_key = texts.bytes(key)
                return method
            }
        }

        /// Acknowledges deliveries up to one whose tag is filled in later.
        static func acknowledge() -> AMQPMethod {
            AMQPMethod(AMQP_BASIC_ACK_METHOD, answer: nil, "acknowledge") { _ in
                amqp_basic_ack_t(delivery_tag: 0, multiple: 1)
            }
        }
    }
#endif
