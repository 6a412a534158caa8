/// What a loop has for the others, until its turn is over.
///
/// A loop that handed over each item at once would wake the other for each of them: on a busy machine the other is
/// asleep again before the next one comes, and the wakes cost ten times the work. Belongs to the loop.
struct LoopOutbox {
    private var mail: [(target: GatewayLoop, items: ContiguousArray<LoopItem>)] = []
    private(set) var isEmpty = true

    mutating func add(_ item: consuming LoopItem, for target: GatewayLoop) {
        isEmpty = false
        // The loops are few, and a turn has mail for few of them.
        for place in mail.indices where mail[place].target === target {
            mail[place].items.append(item)
            return
        }
        mail.append((target, [item]))
    }

    /// Hands everything over: one lock and at most one wake for each loop that has mail.
    mutating func deliver() {
        guard !isEmpty else { return }
        isEmpty = true
        for place in mail.indices where !mail[place].items.isEmpty {
            mail[place].target.accept(mail[place].items)
            mail[place].items.removeAll(keepingCapacity: mail[place].items.count <= Limits.inboxRetainedItems)
        }
    }
}
