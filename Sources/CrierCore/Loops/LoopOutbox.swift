/// What a loop has for the others, until its turn is over.
///
/// A loop that handed over each item at once would wake the other for each of them: on a busy machine the other is
/// asleep again before the next one comes, and the wakes cost ten times the work. Belongs to the loop.
struct LoopOutbox {
    private var mail: [(target: GatewayLoop, items: ContiguousArray<LoopItem>)] = []
    /// Storage for the next turn's mail.
    private var spare: ContiguousArray<LoopItem> = []

    var isEmpty: Bool { mail.isEmpty }

    mutating func add(_ item: consuming LoopItem, for target: GatewayLoop) {
        // The loops are few, and a turn has mail for few of them.
        for place in mail.indices where mail[place].target === target {
            mail[place].items.append(item)
            return
        }
        var items = spare
        spare = []
        items.append(item)
        mail.append((target, items))
    }

    /// Hands everything over: one lock and at most one wake for each loop that has mail.
    mutating func deliver() {
        while var (target, items) = mail.popLast() {
            target.accept(items)
            items.removeAll(keepingCapacity: items.count <= Limits.inboxRetainedItems)
            spare = items
        }
    }
}
