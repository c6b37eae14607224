// The connections of one thread to a RabbitMQ server, on one poller.

#if RabbitMQDriver
    import AeroIO
    import AeroLoad

    /// Opens connections, moves their bytes, and says what arrived on which.
    struct RabbitMQLinks: ~Copyable {
        let links: [RabbitMQLink]
        private var poller: EpollPoller
        /// Those that have something to send.
        private var marked: [Int] = []

        /// What came of a look at the connections.
        enum Event {
            /// The kernel took bytes.
            case sent
            /// Bytes arrived on a connection; valid until the next event.
            case received(link: Int, UnsafeRawBufferPointer)
        }

        /// - Parameter links: Numbered in their order.
        init(_ links: [RabbitMQLink]) throws(DriverError) {
            self.links = links
            poller = try ClientResources.makePoller()
            marked.reserveCapacity(links.count)
        }

        /// Connects, and waits until every connection is ready.
        ///
        /// - Parameters:
        ///   - limit: How long that may take, in nanoseconds.
        ///   - isInterrupted: Asked many times a second; true gives up.
        mutating func open(
            withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
        ) throws(DriverError) {
            for link in links {
                do throws(Errno) {
                    try poller.addConnection(
                        try TCPConnection.connect(to: link.address), token: link.token,
                        isConnecting: true)
                } catch {
                    throw link.failure("\(error)")
                }
            }
            try awaitReadiness(withinNanoseconds: limit, isInterrupted)
        }

        /// Waits until every connection has been answered all that it asked.
        ///
        /// - Parameters: As of `open`.
        mutating func awaitReadiness(
            withinNanoseconds limit: Int64, _ isInterrupted: () -> Bool
        ) throws(DriverError) {
            let deadline = MonotonicClock.nowNanoseconds() + limit
            while let link = links.first(where: { !$0.isReady }) {
                let now = MonotonicClock.nowNanoseconds()
                guard !isInterrupted() else { throw link.failure("interrupted") }
                guard now < deadline else {
                    throw link.failure("no answer within \(limit / 1_000_000) ms" + link.doubt)
                }
                flush()
                try wait(timeoutNanoseconds: 10_000_000)
                while let event = try nextEvent() {
                    guard case .received(let index, var bytes) = event else { continue }
                    while try links[index].nextFrame(in: &bytes) {
                        try links[index].advance()
                        links[index].release()
                    }
                    mark(index)
                }
            }
        }

        /// Notes that a connection may have something to send.
        mutating func mark(_ index: Int) {
            guard !links[index].isMarked else { return }
            links[index].isMarked = true
            marked.append(index)
        }

        /// Hands to the kernel what there is to send.
        mutating func flush() {
            for index in marked {
                let link = links[index]
                link.isMarked = false
                if link.output.isRipe { link.output.send(&poller, link.token) }
            }
            marked.removeAll(keepingCapacity: true)
        }

        /// Waits for something to happen, but not longer than a time.
        mutating func wait(timeoutNanoseconds: Int64) throws(DriverError) {
            do throws(Errno) {
                try poller.wait(timeoutNanoseconds: timeoutNanoseconds)
            } catch {
                throw DriverError("wait for the RabbitMQ server", "\(error)")
            }
        }

        /// The next thing that has happened.
        ///
        /// - Throws: When a connection is lost.
        mutating func nextEvent() throws(DriverError) -> Event? {
            while let completion = poller.next() {
                switch completion {
                case .connected(let token):
                    links[Int(token.index)].greet()
                    mark(Int(token.index))
                case .sent(let token, let byteCount):
                    links[Int(token.index)].output.sent(byteCount)
                    mark(Int(token.index))
                    return .sent
                case .received(let token, let bytes):
                    return .received(link: Int(token.index), bytes)
                case .endOfStream(let token):
                    let link = links[Int(token.index)]
                    throw link.failure("the server closed the connection" + link.doubt)
                case .failed(let token, let errno):
                    throw links[Int(token.index)].failure("\(errno)")
                case .closed, .accepted, .woken: continue
                }
            }
            return nil
        }

        /// Closes all connections.
        mutating func close() {
            for link in links { poller.close(link.token) }
            while poller.next() != nil {}
        }
    }
#endif
