import Metrics
import CrierServices
import Testing

@Suite("Metrics in Prometheus' text")
struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    @Test("A counter adds up, however often its handler is made")
    func counter() {
        for _ in 0..<3 {
            registry.makeCounter(label: "crier_pushes_total", dimensions: [("outcome", "written")]).increment(by: 2)
        }
        let text = registry.exposition()
        #expect(text.contains("# TYPE crier_pushes_total counter\ncrier_pushes_total{outcome=\"written\"} 6\n"))
    }

    @Test("Labels have one spelling, whatever their order, and their values are escaped")
    func labels() {
        registry.makeCounter(label: "c", dimensions: [("b", "2"), ("a", "say \"hi\"\\\n")]).increment(by: 1)
        registry.makeCounter(label: "c", dimensions: [("a", "say \"hi\"\\\n"), ("b", "2")]).increment(by: 1)
        #expect(registry.exposition().contains(#"c{a="say \"hi\"\\\n",b="2"} 2"# + "\n"))
    }

    @Test("A name that Prometheus would refuse is made into one that it takes")
    func names() {
        registry.makeCounter(label: "9.bad-name", dimensions: []).increment(by: 1)
        #expect(registry.exposition().contains("\n_9_bad_name 1\n"))
    }

    @Test("A gauge goes up and down")
    func gauge() {
        let meter = registry.makeMeter(label: "g", dimensions: [])
        meter.set(5.5)
        meter.increment(by: 1)
        meter.decrement(by: 4)
        #expect(registry.exposition().contains("# TYPE g gauge\ng 2.5\n"))
    }

    @Test("A timer's buckets are cumulative and end with +Inf; sum and count agree")
    func histogram() {
        let timer = registry.makeTimer(label: "t_seconds", dimensions: [])
        for milliseconds in [0, 3, 3, 20_000] { timer.recordNanoseconds(Int64(milliseconds) * 1_000_000) }
        let text = registry.exposition()
        #expect(text.contains("t_seconds_bucket{le=\"0.0001\"} 1\n"))
        #expect(text.contains("t_seconds_bucket{le=\"0.005\"} 3\n"))
        #expect(text.contains("t_seconds_bucket{le=\"+Inf\"} 4\n"))
        #expect(text.contains("t_seconds_sum 20.006\n"))
        #expect(text.contains("t_seconds_count 4\n"))
    }

    @Test("A figure is read when somebody asks")
    func reading() {
        registry.addReading("r", .gauge) { 42 }
        #expect(registry.exposition().contains("# TYPE r gauge\nr 42\n"))
    }

    @Test("Labels that clients choose cannot grow the process: beyond the bound they are counted as lost")
    func bound() {
        for index in 0..<2_000 {
            registry.makeCounter(label: "many", dimensions: [("id", "\(index)")]).increment(by: 1)
        }
        let lines = registry.exposition().split(separator: "\n").filter { $0.hasPrefix("many{") }
        #expect(lines.count == 512)
        #expect(registry.exposition().contains("crier_metric_series_lost_total 1488\n"))
    }

    @Test("The process's own figures are plausible")
    func process() throws {
        registry.addProcessReadings()
        func value(_ name: String) throws -> Double {
            let line = try #require(registry.exposition().split(separator: "\n").first { $0.hasPrefix("\(name) ") })
            return try #require(Double(line.split(separator: " ")[1]))
        }
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= 64)
        #expect(try value("process_threads") >= 1)
    }
}
