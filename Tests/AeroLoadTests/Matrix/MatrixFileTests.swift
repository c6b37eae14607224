// Matrix files and `--vary`, and what is wrong with wrong ones.

import AeroLoad
import Testing

struct MatrixFileTests {
    private func parse(_ text: String) throws -> MatrixFile {
        try MatrixFile.parse(Array(text.utf8), fileName: "matrix.yaml")
    }

    @Test func everythingIsRead() throws {
        let file = try parse(
            """
            name: allocators
            description: what pooled buffers are worth
            scenario: throughput-1k
            repeat: 3
            set: [ duration=10s, "classes.main.load={schedule: maximum, in-flight: 9}" ]
            vary:
              - { key: broker.buffers, values: [pooled, native] }
              - { key: broker, values: [ "{buffers: native, malloc: jemalloc}" ] }
            columns: [ throughput.received ]
            """)
        #expect(file.name == "allocators")
        #expect(file.scenario == "throughput-1k")
        #expect(file.repeatCount == 3)
        #expect(file.overrides.count == 2)
        #expect(file.varied.map(\.key) == ["broker.buffers", "broker"])
        #expect(file.varied[0].values == ["pooled", "native"])
        #expect(file.varied[1].values == ["{buffers: native, malloc: jemalloc}"])
        #expect(file.columns == ["throughput.received"])
    }

    @Test func whatIsLeftOutHasADefault() throws {
        let file = try parse("{name: a, scenario: b, vary: [{key: seed, values: [1]}]}")
        #expect(file.repeatCount == 1)
        #expect(file.description.isEmpty && file.overrides.isEmpty && file.columns.isEmpty)
    }

    @Test(arguments: [
        ("{name: a, scenario: b}", "vary"),
        ("{name: a, scenario: b, vary: []}", "vary"),
        ("{name: a, scenario: b, vary: [{key: k, values: []}]}", "values"),
        ("{name: a, scenario: b, vary: [{key: k, values: [1, 1]}]}", "values"),
        ("{name: a, scenario: b, vary: [{key: k}]}", "values"),
        ("{name: a, scenario: b, vray: [{key: k, values: [1]}]}", "did you mean \"vary\"?"),
        ("{name: a, scenario: b, repeat: 0, vary: [{key: k, values: [1]}]}", "repeat"),
    ])
    func faultsNameTheirPlace(text: String, hint: String) {
        #expect {
            try parse(text)
        } throws: { error in
            "\(error)".contains("matrix.yaml:1:") && "\(error)".contains(hint)
        }
    }

    @Test func commandLineValuesMayHoldCommas() {
        #expect(MatrixKey(parsing: "a.b=1,2,3")?.values == ["1", "2", "3"])
        #expect(
            MatrixKey(parsing: "load={schedule: constant, rate: 1/s},{schedule: maximum}")?.values
                == ["{schedule: constant, rate: 1/s}", "{schedule: maximum}"])
        #expect(MatrixKey(parsing: "slo=[a, b],'c, d'")?.values == ["[a, b]", "'c, d'"])
        #expect(MatrixKey(parsing: "k=x=1")?.values == ["x=1"])
    }

    @Test(arguments: ["", "key", "=1", "key=", "key=1,,2", "key=1,1"])
    func whatIsNoKeyWithValues(text: String) {
        #expect(MatrixKey(parsing: text) == nil)
    }
}
