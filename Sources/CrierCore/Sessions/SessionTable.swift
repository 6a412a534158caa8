/// The sessions of one loop, each at a place that it keeps for life. Belongs to the loop.
struct SessionTable {
    private var places: ContiguousArray<Session?> = []
    private var free: ContiguousArray<UInt32> = []

    /// Sessions in it, and places that are reserved for one.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Places that there are, used or not: what a walk over all of them counts down from.
    var placeCount: Int { places.count }

    /// A place for a session that is about to be made.
    mutating func reserve() -> UInt32 {
        count += 1
        if let place = free.popLast() { return place }
        places.append(nil)
        return UInt32(places.count - 1)
    }

    mutating func put(_ session: Session) { places[Int(session.place)] = session }

    /// Empties a place. When it was the last, the memory of a busier time goes back.
    mutating func release(_ place: UInt32) {
        places[Int(place)] = nil
        count -= 1
        guard count > 0 else {
            places = []
            free = []
            return
        }
        free.append(place)
    }

    subscript(place: Int) -> Session? { places[place] }

    /// The session of that route; nil when it has ended.
    subscript(route: SessionRoute) -> Session? {
        let place = Int(route.place)
        guard place < places.count, let session = places[place], session.generation == route.generation else {
            return nil
        }
        return session
    }

    var all: [Session] { places.compactMap { $0 } }
}
