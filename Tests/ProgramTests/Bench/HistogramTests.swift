import Testing

@testable import crier

@Suite("Histograms")
struct HistogramTests {
    @Test("Quantiles are at most 3 % too high and never too low")
    func quantiles() {
        var histogram = Histogram()
        for value in Int64(1)...100_000 { histogram.record(microseconds: value) }
        for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = 100_000 * share
            #expect(histogram.quantile(share) >= exact && histogram.quantile(share) <= exact * 1.04)
        }
    }

    @Test("Any number has a bucket")
    func extremes() {
        var histogram = Histogram()
        for value in [Int64.min, -1, 0, 63, 64, 65, .max] { histogram.record(microseconds: value) }
        #expect(histogram.count == 7)
        #expect(histogram.quantile(0) == 0)
    }
}
