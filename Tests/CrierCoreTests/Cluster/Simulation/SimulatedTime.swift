import NIOCore

/// Random numbers from a seed (SplitMix64): the same seed, the same schedule, on every machine.
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
}

/// The time of a simulation: what is to happen, and when. Two things at one time happen in the order of their making.
final class SimulatedTime {
    private struct Event {
        let at: Int
        let number: Int
        let body: () -> Void
    }

    private var heap: [Event] = []
    private var made = 0
    /// Microseconds since the beginning.
    private(set) var micros = 0

    var now: NIODeadline { .uptimeNanoseconds(UInt64(micros + 1_000_000) * 1_000) }

    func after(_ delay: Int, _ body: @escaping () -> Void) {
        made += 1
        heap.append(Event(at: micros + max(delay, 0), number: made, body: body))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Lets time pass up to a moment.
    func run(until end: Int) {
        while let first = heap.first, first.at <= end {
            removeFirst()
            micros = first.at
            first.body()
        }
        micros = end
    }

    /// Nothing more happens.
    func clear() { heap = [] }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].at, heap[left].number) < (heap[right].at, heap[right].number)
    }
}
