/// What a loop has for the others, until its turn is over.
///
/// A loop that handed over each item at once would wake the other for each of them: on a busy machine the other is
/// asleep again before the next one comes, and the wakes cost ten times the work. Belongs to the loop.
struct LoopOutbox {
    private struct Entry {
        /// The addressee's index.
        let index: Int
        let target: GatewayLoop
        var mail: LoopMail
    }

    private var entries: [Entry] = []
    /// Emptied mail, whose memory serves the next.
    private var spare: LoopMail?

    var isEmpty: Bool { entries.isEmpty }

    /// Has `add` put something into the mail for a loop. `target` is asked for once a turn.
    mutating func mail(to index: Int, _ target: @autoclosure () -> GatewayLoop, _ add: (inout LoopMail) -> Void) {
        // The loops are few, and a turn has mail for few of them.
        for place in entries.indices where entries[place].index == index { return add(&entries[place].mail) }
        var mail = spare.take() ?? LoopMail()
        add(&mail)
        entries.append(Entry(index: index, target: target(), mail: mail))
    }

    /// Hands everything over: one lock and at most one wake for each loop that has mail.
    mutating func deliver(from sender: GatewayLoop) {
        while var entry = entries.popLast() { entry.target.accept(&entry.mail, from: sender) }
    }

    /// Takes emptied mail for its memory.
    mutating func recycle(_ mail: consuming LoopMail) {
        guard spare == nil else { return }
        mail.clear()
        spare = mail
    }
}
