// Memory of several processes, here mapped twice in one.

import AeroIO
import Testing

@Suite struct SharedMemoryTests {
    @Test func bothMappingsSeeTheSame() throws {
        let made = try SharedMemory(byteCount: 10_000)
        let opened = try SharedMemory(opening: made.path)
        #expect(opened.byteCount == 10_000)
        #expect(opened.start != made.start)
        #expect(opened.start.load(fromByteOffset: 9_992, as: UInt64.self) == 0)
        made.start.storeBytes(of: 0xAE20, toByteOffset: 9_992, as: UInt64.self)
        #expect(opened.start.load(fromByteOffset: 9_992, as: UInt64.self) == 0xAE20)
    }

    @Test func whatIsGoneCannotBeOpened() throws {
        let path = try SharedMemory(byteCount: 64).path
        #expect(throws: Errno.self) { try SharedMemory(opening: path) }
        #expect(throws: Errno.noSuchFile) { try SharedMemory(opening: "/proc/0/fd/0") }
    }
}
