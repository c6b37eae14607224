// Where commands cross from callers' threads to the I/O thread, within bounds.

import AeroMemory
import Synchronization

/// What became of a command that was offered.
enum PortAdmission {
    /// It is on its way.
    case admitted
    /// It waits until there is room; the ticket takes it back.
    case parked(ticket: UInt64)
    /// There is no room.
    case full
    /// The port is closed, for this reason.
    case closed(ClientError)
}

/// A bounded queue into the I/O thread: so many commands, and so many bytes of user data.
///
/// Commands come out in the order they were admitted. One that finds no room is refused (`offer`)
/// or parked (`post`); parked ones are admitted first come, first served, by the thread that makes
/// room. The caller of `post` stays suspended on its command's outcome, so a parked command holds
/// no memory that its caller does not hold anyway.
final class CommandPort<Element: Sendable>: Sendable {
    private struct Parked {
        let element: Element
        let byteCount: Int
    }

    private struct State {
        var byteCount = 0
        var commandCount = 0
        var parked: [UInt64: Parked] = [:]
        var firstTicket: UInt64 = 0
        var nextTicket: UInt64 = 0
        var refusal: ClientError?
    }

    private let state = Mutex(State())
    private let producer: MPSCQueue<Element>.Producer
    /// The other end, until the I/O thread takes it.
    private let consumer: Mutex<MPSCQueue<Element>.Consumer?>
    private let byteCountMax: Int
    private let commandCountMax: Int
    private let signal: ThreadSignal

    /// - Parameters:
    ///   - commandCountMax: Commands between admission and `take`; a power of two.
    ///   - byteCountMax: Bytes of user data between admission and `release`.
    ///   - signal: Wakes the I/O thread.
    init(commandCountMax: Int, byteCountMax: Int, signal: ThreadSignal) {
        let ends = MPSCQueue<Element>.make(capacity: commandCountMax)
        producer = ends.producer
        consumer = Mutex(ends.consumer)
        self.byteCountMax = byteCountMax
        self.commandCountMax = commandCountMax
        self.signal = signal
    }

    /// The end that the I/O thread pops from; once.
    func takeConsumer() -> MPSCQueue<Element>.Consumer {
        guard let taken = consumer.withLock({ $0.take() }) else {
            preconditionFailure("a port has one consumer")
        }
        return taken
    }

    /// Bytes of user data between admission and `release`.
    var byteCount: Int { state.withLock { $0.byteCount } }

    /// Admits the command if there is room now.
    func offer(_ element: Element, byteCount: Int) -> PortAdmission {
        admit(element, byteCount, parks: false)
    }

    /// Admits the command, or parks it until there is room.
    func post(_ element: Element, byteCount: Int) -> PortAdmission {
        admit(element, byteCount, parks: true)
    }

    private func admit(_ element: Element, _ byteCount: Int, parks: Bool) -> PortAdmission {
        precondition(byteCount <= byteCountMax, "a command of \(byteCount) B can never be admitted")
        let admission = state.withLock { state -> PortAdmission in
            if let refusal = state.refusal { return .closed(refusal) }
            if state.parked.isEmpty, hasRoom(state, byteCount) {
                push(element, byteCount, &state)
                return .admitted
            }
            guard parks else { return .full }
            let ticket = state.nextTicket
            state.nextTicket += 1
            state.parked[ticket] = Parked(element: element, byteCount: byteCount)
            return .parked(ticket: ticket)
        }
        if case .admitted = admission { signal.wake() }
        return admission
    }

    /// Takes a parked command back, if it is still parked.
    func withdraw(_ ticket: UInt64) {
        let isWoken = state.withLock { state in
            guard state.parked.removeValue(forKey: ticket) != nil else { return false }
            // It may have stood in front of one that fits.
            return admitParked(&state)
        }
        if isWoken { signal.wake() }
    }

    /// The I/O thread popped so many commands and let go of so many bytes.
    func release(commandCount: Int, byteCount: Int) {
        guard commandCount > 0 || byteCount > 0 else { return }
        state.withLock { state in
            state.commandCount -= commandCount
            state.byteCount -= byteCount
            precondition(state.commandCount >= 0 && state.byteCount >= 0, "released twice")
            _ = admitParked(&state)
        }
    }

    /// Refuses everything from now on.
    ///
    /// - Returns: The parked commands, for the I/O thread to answer. Those admitted are still in
    ///   the queue: once `isEmpty`, nothing more comes.
    func close(_ refusal: ClientError) -> [Element] {
        state.withLock { state in
            state.refusal = refusal
            let parked = state.parked.sorted { $0.key < $1.key }.map(\.value.element)
            state.parked = [:]
            return parked
        }
    }

    /// True when no admitted command waits to be taken.
    var isEmpty: Bool { state.withLock { $0.commandCount == 0 } }

    // MARK: - Under the lock

    private func hasRoom(_ state: State, _ byteCount: Int) -> Bool {
        state.commandCount < commandCountMax && state.byteCount + byteCount <= byteCountMax
    }

    private func push(_ element: Element, _ byteCount: Int, _ state: inout State) {
        state.commandCount += 1
        state.byteCount += byteCount
        let refused = producer.tryPush(element)
        precondition(refused == nil, "the queue has a slot for every admitted command")
    }

    private func admitParked(_ state: inout State) -> Bool {
        var isAny = false
        // BOUND: tickets below `nextTicket`; each is looked at once in its life.
        while state.firstTicket < state.nextTicket {
            guard let parked = state.parked[state.firstTicket] else {
                state.firstTicket += 1
                continue
            }
            guard hasRoom(state, parked.byteCount) else { break }
            state.parked[state.firstTicket] = nil
            state.firstTicket += 1
            push(parked.element, parked.byteCount, &state)
            isAny = true
        }
        return isAny
    }
}
