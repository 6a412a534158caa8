/// The last refused push of each client, for as many clients as are allowed: the one refused longest ago is forgotten
/// first. Belongs to the loop.
///
/// A table, and a ring through its entries in the order of their pushes: to remember one takes the same time however
/// many there are, and once the table is full it allocates nothing.
struct RefusedPushes {
    private struct Entry {
        var push: RefusedPush
        var newer: Int
        var older: Int
    }

    private let limit: Int
    private var places: [ClientID: Int] = [:]
    private var entries: ContiguousArray<Entry> = []
    /// The oldest comes behind it: the ring is closed.
    private var newest = 0

    init(limit: Int = Limits.refusedPushesRemembered) {
        precondition(limit > 0, "a memory for no pushes")
        self.limit = limit
    }

    /// Clients of which one is remembered.
    var count: Int { entries.count }

    func last(for client: ClientID) -> RefusedPush? { places[client].map { entries[$0].push } }

    mutating func remember(_ push: RefusedPush) {
        if let place = places[push.client] {
            entries[place].push = push
            guard place != newest else { return }
            leave(place)
            join(place)
        } else if entries.count < limit {
            let place = entries.count
            entries.append(Entry(push: push, newer: place, older: place))
            places[push.client] = place
            join(place)
        } else {
            let oldest = entries[newest].newer
            places[entries[oldest].push.client] = nil
            places[push.client] = oldest
            entries[oldest].push = push
            newest = oldest
        }
    }

    private mutating func leave(_ place: Int) {
        let (newer, older) = (entries[place].newer, entries[place].older)
        entries[older].newer = newer
        entries[newer].older = older
    }

    private mutating func join(_ place: Int) {
        let oldest = entries[newest].newer
        entries[place].newer = oldest
        entries[place].older = newest
        entries[newest].newer = place
        entries[oldest].older = place
        newest = place
    }
}
