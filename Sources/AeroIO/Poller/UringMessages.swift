// Memory for the headers of gathering sends until they are submitted.

import Glibc

/// Message headers and vectors for one submission's worth of gathering sends.
///
/// The kernel copies them when it takes the submission (IORING_FEAT_SUBMIT_STABLE), so they are
/// needed only until then and all are free again after it.
struct UringMessages: ~Copyable {
    private static let vectorCapacity = 4 * PollerConfiguration.sendVectorLimit

    private let headers: UnsafeMutablePointer<msghdr>
    private let vectors: UnsafeMutablePointer<iovec>
    private let headerCapacity: Int
    private var headerCount = 0
    private var vectorCount = 0

    init(capacity: Int) {
        headerCapacity = capacity
        headers = .allocate(capacity: capacity)
        headers.initialize(repeating: msghdr(), count: capacity)
        vectors = .allocate(capacity: Self.vectorCapacity)
    }

    deinit {
        headers.deallocate()
        vectors.deallocate()
    }

    /// False when everything must be submitted, and `removeAll()` called, first.
    func hasRoom(forVectors count: Int) -> Bool {
        headerCount < headerCapacity && vectorCount + count <= Self.vectorCapacity
    }

    mutating func append(_ source: UnsafePointer<iovec>, count: Int) -> UnsafePointer<msghdr> {
        let header = headers + headerCount
        let target = vectors + vectorCount
        target.initialize(from: source, count: count)
        header.pointee = msghdr()
        header.pointee.msg_iov = target
        header.pointee.msg_iovlen = count
        headerCount += 1
        vectorCount += count
        return UnsafePointer(header)
    }

    mutating func removeAll() {
        headerCount = 0
        vectorCount = 0
    }
}
