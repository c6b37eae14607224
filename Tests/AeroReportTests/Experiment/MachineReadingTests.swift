// What two readings of the kernel's accounts come to.

import AeroReport
import Testing

struct MachineReadingTests {
    private static func files(cpu: Int, memory: Int, steal: Int, switches: Int) -> SystemFiles {
        let texts = [
            "/proc/pressure/cpu": """
            some avg10=1.00 avg60=0.50 avg300=0.10 total=\(cpu)
            full avg10=0.00 avg60=0.00 avg300=0.00 total=0
            """,
            "/proc/pressure/memory": """
            some avg10=1.00 avg60=0.50 avg300=0.10 total=999999
            full avg10=0.00 avg60=0.00 avg300=0.00 total=\(memory)
            """,
            "/proc/stat": "cpu  100 0 0 800 0 0 0 \(steal) 0 0\nctxt \(switches)\nbtime 1\n",
        ]
        return SystemFiles(read: { texts[$0] }, list: { _ in [] })
    }

    @Test func sharesAreOfTheTimeThatPassed() {
        let before = MachineReading(
            atNanoseconds: 1_000_000_000,
            files: Self.files(cpu: 1_000, memory: 500, steal: 100, switches: 10))
        let after = MachineReading(
            atNanoseconds: 3_000_000_000,
            files: Self.files(cpu: 501_000, memory: 200_500, steal: 200, switches: 4_010))
        let signals = after.signals(since: before, calibrationNanoseconds: 7)
        #expect(signals.processorPressure == 0.25)
        #expect(signals.memoryPressure == 0.1)
        #expect(signals.storagePressure == nil)
        #expect(signals.stealShare == 1)
        #expect(signals.contextSwitchesPerSecond == 2_000)
        #expect(signals.calibrationNanoseconds == 7)
    }

    @Test func whatTheKernelDoesNotTellIsAbsent() {
        let nothing = SystemFiles(read: { _ in nil }, list: { _ in [] })
        let reading = MachineReading(atNanoseconds: 0, files: nothing)
        #expect(
            reading.signals(since: reading, calibrationNanoseconds: 1)
                == MachineSignals(calibrationNanoseconds: 1))
    }
}
