// What cnats says when something went wrong, in one line.

#if NATSDriver
    import AeroLoad
    import CNATS

    enum NATSFailure {
        /// Throws unless a call of the library went well.
        static func check(
            _ status: natsStatus, _ action: @autoclosure () -> String
        ) throws(DriverError) {
            guard status == NATS_OK else { throw DriverError(action(), text(status)) }
        }

        /// The words of a status, with what the library noted about it on this thread.
        static func text(_ status: natsStatus) -> String {
            guard status != NATS_NO_RESPONDERS else { return "JetStream does not run there" }
            return text(status, detail: nats_GetLastError(nil))
        }

        /// The words of a status and of a detail, which may be the same or nothing.
        static func text(_ status: natsStatus, detail: UnsafePointer<CChar>?) -> String {
            let words =
                natsStatus_GetText(status).map { String(cString: $0) }
                ?? "status \(status.rawValue)"
            guard let detail, detail.pointee != 0 else { return words }
            let more = withoutPlace(String(cString: detail))
            return more == words ? words : "\(words): \(more)"
        }

        /// A detail without the line of the library's source in front of it, as in
        /// "(conn.c:2088): No server available for connection".
        private static func withoutPlace(_ detail: String) -> Substring {
            guard detail.hasPrefix("("), let place = detail.firstRange(of: "): ") else {
                return detail[...]
            }
            return detail[place.upperBound...]
        }
    }
#endif
