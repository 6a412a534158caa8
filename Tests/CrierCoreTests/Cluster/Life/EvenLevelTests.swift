import Testing

@testable import CrierCore

@Suite("Clients spread evenly")
struct EvenLevelTests {
    @Test(
        "Nodes that can have as many as all others do; those that cannot are full, and the others have the rest",
        arguments: [
            (100, [nil], 100), (100, [nil, nil, nil], 34), (0, [nil, 5], 0),
            (1_200, [nil, nil, 100], 550), (1_200, [nil, 400, 400], 400), (1_200, [nil, 300, 100], 800),
            // The second is not full before the first has overflowed.
            (1_000, [100, 400, nil], 500), (1_000, [450, 100, nil, nil], 300),
            // More than there is room for: the largest has what is too much.
            (1_000, [100, 200], 900), (1_000, [10], 1_000),
        ] as [(Int, [Int?], Int)])
    func levels(clients: Int, limits: [Int?], level: Int) {
        #expect(EvenLevel.of(clients, limits: limits) == level)
        #expect(EvenLevel.of(clients, limits: limits.reversed()) == level)
    }
}
