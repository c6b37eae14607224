// Ownership of one kernel descriptor.

/// The only owner of a file descriptor: closes it when it goes out of scope.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The kernel's number, zero or above. Borrowed: closing it elsewhere is a bug that traps.
    package let rawValue: Int32

    /// Takes ownership of an open descriptor.
    /// - Parameter rawValue: An open descriptor that nothing else will close.
    package init(owning rawValue: Int32) {
        precondition(rawValue >= 0, "an open descriptor is never negative")
        self.rawValue = rawValue
    }

    /// Gives ownership up: the caller must close the number returned.
    package consuming func release() -> Int32 {
        let descriptor = rawValue
        discard self
        return descriptor
    }

    deinit { Syscall.close(rawValue) }
}
