@testable import CrierCore

/// What happens to questions to the store.
struct SimulatedNetwork {
    /// Of a question and its answer.
    struct Fate {
        /// When it reaches the store: never, once, or twice. Microseconds.
        var arrivals: [Int]
        /// How long the answer takes; nil: it is lost.
        var back: Int?
        /// When the asker gives up.
        var timeout: Int
        /// The asker knows that nothing was sent.
        var isKnown: Bool
    }

    /// In a hundred: questions that something happens to. 0 in quiet times.
    var trouble = 0
    unowned let world: SimulatedWorld

    func fate(of node: SimulatedNode) -> Fate {
        let way = { world.random.number(200...6_000) }
        let timeout = 3_000_000
        if node.isCutFromStore {
            return world.random.chance(50)
                ? Fate(arrivals: [], back: nil, timeout: 1_000, isKnown: true)
                : Fate(arrivals: [], back: nil, timeout: timeout, isKnown: false)
        }
        guard trouble > 0, world.random.chance(trouble) else {
            return Fate(arrivals: [way()], back: way(), timeout: timeout, isKnown: false)
        }
        switch world.random.number(0...4) {
        case 0: return Fate(arrivals: [], back: nil, timeout: timeout, isKnown: false)
        case 1: return Fate(arrivals: [way()], back: nil, timeout: timeout, isKnown: false)
        // The asker has given up, and it happens nevertheless.
        case 2:
            return Fate(
                arrivals: [world.random.number(1_000_000...15_000_000)], back: way(), timeout: timeout, isKnown: false)
        case 3:
            return Fate(
                arrivals: [way(), world.random.number(1_000...8_000_000)], back: way(), timeout: timeout, isKnown: false
            )
        default:
            return Fate(
                arrivals: [world.random.number(10_000...2_500_000)], back: way(), timeout: timeout, isKnown: false)
        }
    }
}
