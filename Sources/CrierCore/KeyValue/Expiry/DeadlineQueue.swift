import NIOCore

/// Items with the time at which each is due, the earliest first. To move a deadline to later costs a look-up: the item
/// stays where it is queued, and is queued again when it comes up early.
struct DeadlineQueue<Item: Hashable & Sendable>: Sendable {
    private struct Timer {
        var deadline: NIODeadline
        /// The place in the heap that counts; nil: it came up, and waits to be moved or removed.
        var queued: NIODeadline?
    }

    private struct Place {
        let deadline: NIODeadline
        let item: Item
    }

    private var timers: [Item: Timer] = [:]
    /// A binary heap. It also holds places that do not count any more, fewer than half of it.
    private var heap: [Place] = []

    /// Nothing is due before this; nil: nothing ever is.
    var next: NIODeadline? { heap.first?.deadline }

    /// Makes the item due then, and at no other time.
    mutating func set(_ item: Item, _ deadline: NIODeadline) {
        var timer = timers[item] ?? Timer(deadline: deadline)
        timer.deadline = deadline
        if timer.queued.map({ $0 > deadline }) ?? true {
            timer.queued = deadline
            push(Place(deadline: deadline, item: item))
        }
        timers[item] = timer
    }

    mutating func remove(_ item: Item) {
        timers[item] = nil
        dropForgottenPlaces()
    }

    /// Whether it came up, and was neither set again nor removed since.
    func isUp(_ item: Item) -> Bool {
        timers[item].map { $0.queued == nil } ?? false
    }

    /// The next item that is due. It comes up once, and not again before it is set again.
    mutating func popDue(_ now: NIODeadline) -> Item? {
        while let place = heap.first, place.deadline <= now {
            popFirst()
            guard var timer = timers[place.item], timer.queued == place.deadline else { continue }
            let isDue = timer.deadline <= now
            timer.queued = isDue ? nil : timer.deadline
            timers[place.item] = timer
            if isDue { return place.item }
            push(Place(deadline: timer.deadline, item: place.item))
        }
        return nil
    }

    /// Keeps items that are set and removed all the time from growing the heap.
    private mutating func dropForgottenPlaces() {
        guard heap.count > 2 * timers.count + 64 else { return }
        heap = []
        for (item, timer) in timers {
            if let queued = timer.queued { push(Place(deadline: queued, item: item)) }
        }
    }

    private mutating func push(_ place: Place) {
        heap.append(place)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func popFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].deadline < heap[least].deadline { least = child }
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
