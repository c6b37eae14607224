// Reading allocation counts where nobody counts.

import AeroMemory
import Testing

@Suite struct AllocationCounterTests {
    @Test func withoutTheInterposerThereIsNoCount() {
        #expect(AllocationCounter.process() == nil)
        #expect(AllocationCounter.currentThread() == nil)
    }

    @Test func differencesAreTakenFieldByField() {
        let earlier = AllocationCount(allocations: 10, frees: 5, bytes: 1000)
        let later = AllocationCount(allocations: 12, frees: 9, bytes: 1024)
        #expect(later.since(earlier) == AllocationCount(allocations: 2, frees: 4, bytes: 24))
    }
}
