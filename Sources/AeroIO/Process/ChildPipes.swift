// The standard streams of a child process while it is being started.

import Glibc

/// Both ends of a child's pipes: the child's are closed with this, the parent's are taken out.
struct ChildPipes: ~Copyable {
    var input: FileDescriptor?
    var output: FileDescriptor?
    var error: FileDescriptor?
    private var childInput: FileDescriptor?
    private var childOutput: FileDescriptor?
    private var childError: FileDescriptor?

    init(_ options: ChildProcessOptions) throws(Errno) {
        switch options.input {
        case .pipe:
            let pipe = try Syscall.pipe()
            childInput = FileDescriptor(owning: pipe.read)
            input = FileDescriptor(owning: pipe.write)
        case .null: childInput = try Syscall.open("/dev/null", flags: O_RDONLY)
        case .inherited: break
        }
        switch options.output {
        case .pipe:
            let pipe = try Syscall.pipe()
            output = FileDescriptor(owning: pipe.read)
            childOutput = FileDescriptor(owning: pipe.write)
        case .null: childOutput = try Syscall.open("/dev/null", flags: O_WRONLY)
        case .inherited: break
        }
        switch options.error {
        case .pipe:
            let pipe = try Syscall.pipe()
            error = FileDescriptor(owning: pipe.read)
            childError = FileDescriptor(owning: pipe.write)
        case .null: childError = try Syscall.open("/dev/null", flags: O_WRONLY)
        case .inherited: break
        }
    }

    /// The child's ends, -1 where it takes the parent's stream.
    var childEnds: (Int32, Int32, Int32) {
        (Self.number(childInput), Self.number(childOutput), Self.number(childError))
    }

    private static func number(_ descriptor: borrowing FileDescriptor?) -> Int32 {
        switch descriptor {
        case .some(let open): open.rawValue
        case .none: -1
        }
    }
}

/// A null-terminated array of C strings, as execve(2) takes it.
final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() {
            (pointers + index).initialize(to: strdup(string))
        }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
