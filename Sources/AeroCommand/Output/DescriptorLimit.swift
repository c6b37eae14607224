// How many connections the kernel lets this process have.

import Glibc

enum DescriptorLimit {
    /// Raises the soft limit on descriptors to the hard one; 1,024 is less than a broker's
    /// connections. Where that is refused, connections beyond the limit are refused one by one.
    static func raise() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
    }

    /// How many descriptors this process may have now.
    static var count: Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many connections there are descriptors for, an eighth left for files and pollers.
    static var connectionCount: Int {
        let count = count
        return count == .max ? count : max(count - max(count / 8, 64), 1)
    }
}
