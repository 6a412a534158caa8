/// The sessions of one loop, each at a place that it keeps for life. Belongs to the loop.
struct SessionTable {
    private struct Place {
        var session: Session?
        // Of 32 bytes that every idle client costs: a push waits for all of these objects at once, and not for one
        // after the other.
        var footprint = OutletFootprint.none
    }

    private var places: ContiguousArray<Place> = []
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
        places.append(Place())
        return UInt32(places.count - 1)
    }

    mutating func put(_ session: Session, _ footprint: OutletFootprint) {
        places[Int(session.place)] = Place(session: session, footprint: footprint)
    }

    /// Empties a place. When it was the last, the memory of a busier time goes back.
    mutating func release(_ place: UInt32) {
        places[Int(place)] = Place()
        count -= 1
        guard count > 0 else {
            places = []
            free = []
            return
        }
        free.append(place)
    }

    subscript(place: Int) -> Session? { places[place].session }

    /// The session of that route; nil when it has ended.
    subscript(route: SessionRoute) -> Session? { find(route)?.takeUnretainedValue() }

    /// The same without counting a reference, for a look that changes nothing here.
    func find(_ route: SessionRoute) -> Unmanaged<Session>? {
        let place = Int(route.place)
        guard place < places.count, let session = places[place].session.map({ Unmanaged.passUnretained($0) }),
            session._withUnsafeGuaranteedRef({ $0.generation }) == route.generation
        else { return nil }
        return session
    }

    /// A push along this route is about to come: asks for all that it will touch.
    // Inlined: the table's arrays would be counted for the call.
    @inline(__always)
    func prefetch(_ route: SessionRoute, _ prefetch: GatewayEnvironment.Prefetch) {
        let place = Int(route.place)
        guard place < places.count, let session = places[place].session.map({ Unmanaged.passUnretained($0) }) else {
            return
        }
        prefetch(session.toOpaque())
        let objects = places[place].footprint.objects
        for index in objects.indices { if let object = objects[index] { prefetch(object) } }
    }

    var all: [Session] { places.compactMap(\.session) }
}
