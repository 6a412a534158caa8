import NIOCore
import Testing

@testable import CrierCore

@Suite struct LogBudgetTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("Of many lines in one window only the first are logged; the next window says how many were not")
    func omits() {
        let budget = LogBudget(lines: 2, per: .seconds(60))
        #expect(budget.admit(at: start) == 0)
        #expect(budget.admit(at: start + .seconds(1)) == 0)
        for second in 2..<60 { #expect(budget.admit(at: start + .seconds(Int64(second))) == nil) }
        #expect(budget.admit(at: start + .seconds(60)) == 58)
        #expect(budget.admit(at: start + .seconds(61)) == 0)
        #expect(budget.admit(at: start + .seconds(62)) == nil)
    }
}
