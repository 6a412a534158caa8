import Testing

@testable import CrierClient

@Suite("Backoff")
struct BackoffTests {
    @Test("Pauses grow by 1.6 up to the longest, and begin anew after a reset")
    func grows() {
        var backoff = Backoff(.seconds(1)...(.seconds(120)))
        var pauses = (0..<20).map { _ in backoff.next(random: 0.5).inSeconds }
        #expect(abs(pauses[0] - 1) < 1e-9 && abs(pauses[1] - 1.6) < 1e-9 && abs(pauses[2] - 2.56) < 1e-9)
        #expect(abs(pauses[19] - 120) < 1e-6)
        backoff.reset()
        pauses = [backoff.next(random: 0).inSeconds, backoff.next(random: 0.999).inSeconds]
        #expect(abs(pauses[0] - 0.8) < 1e-9 && pauses[1] < 1.92)
    }
}
