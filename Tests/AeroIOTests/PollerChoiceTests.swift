// Choosing a poller, and what is said about it.

import AeroIO
import Testing

@Suite struct PollerChoiceTests {
    @Test func takesEpollWithoutAsking() {
        let choice = PollerChoice.resolve(requested: nil) {
            Issue.record("the kernel is asked only about io_uring")
            return .usable
        }
        #expect(choice == PollerChoice.resolve(requested: nil))
        #expect(choice.kind == .epoll)
        #expect(PollerChoice.resolve(requested: .epoll).reason == "requested")
    }

    @Test func takesUringWhereItWorks() {
        let choice = PollerChoice.resolve(requested: .uring) { .usable }
        #expect(choice.kind == .uring)
        #expect(choice.reason == "requested")
    }

    @Test(arguments: [Errno.permissionDenied, .notSupportedByKernel, .outOfMemory])
    func fallsBackToEpollWithTheReason(_ error: Errno) {
        let choice = PollerChoice.resolve(requested: .uring) {
            .refused(step: "a multishot receive", error: error, hint: "do something")
        }
        #expect(choice.kind == .epoll)
        #expect(choice.reason.contains("a multishot receive failed"))
        #expect(choice.reason.contains(error.name))
        #expect(choice.reason.hasSuffix("; do something"))
    }

    /// Whatever this kernel says, the trial ends and leaves nothing open.
    @Test func probesTheKernel() throws {
        let outcome = UringProbe.run()
        #expect(outcome == UringProbe.cached)
        if outcome == .usable { _ = try UringPoller() }
    }
}
