// What cnats tells the event loop that it leaves its socket to.

#if NATSDriver
    import CNATS

    /// The state of one connection in its worker's loop, changed by the library's calls, which all
    /// come from inside calls to the library on the worker's own thread.
    struct NATSLoop {
        /// The connection's socket, which the library closes.
        private(set) var descriptor: Int32 = -1
        /// The library has bytes for the kernel.
        private(set) var wantsToWrite = false
        /// The connection is over.
        private(set) var isStopped = false

        // SAFETY: in all four the pointer is that of `NATSOptions.leave(to:)`, which outlives the
        // connection.
        static let attach: natsEvLoop_Attach = { data, loop, _, descriptor in
            data?.pointee = loop
            at(loop)?.pointee.descriptor = descriptor
            return NATS_OK
        }

        static let changeReading: natsEvLoop_ReadAddRemove = { loop, isOn in
            if !isOn { at(loop)?.pointee.isStopped = true }
            return NATS_OK
        }

        static let changeWriting: natsEvLoop_WriteAddRemove = { loop, isOn in
            at(loop)?.pointee.wantsToWrite = isOn
            return NATS_OK
        }

        static let detach: natsEvLoop_Detach = { loop in
            at(loop)?.pointee.isStopped = true
            return NATS_OK
        }

        private static func at(_ loop: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<NATSLoop>?
        {
            loop?.assumingMemoryBound(to: NATSLoop.self)
        }
    }
#endif
