import CrierCore

/// Whether a history is linearizable.
///
/// In general that takes a search. Here every change has a revision of its own, so the order is known, and each
/// operation has its one place in it: a write at its revision, a read behind the revision that it was answered from.
/// What is left is to see that every place fits: O(n log n).
public struct LinearizabilityCheck {
    private let history: RecordedHistory
    private let timeline: Timeline

    /// Throws `LinearizabilityViolation`: the first that is found.
    public static func check(_ history: RecordedHistory) throws(LinearizabilityViolation) {
        let check = LinearizabilityCheck(history: history, timeline: try Timeline(history))
        let placed = try check.placed()
        try check.checkOrder(placed)
        for (operation, place) in placed { try check.checkAnswer(operation, place) }
    }

    private typealias Operation = RecordedHistory.Operation

    /// Where an operation is in the order of things.
    private enum Place {
        /// It made this revision.
        case write(UInt64)
        /// It saw the state after this revision.
        case read(UInt64)

        var revision: UInt64 {
            switch self {
            case .write(let revision), .read(let revision): revision
            }
        }
    }

    /// The operations that happened, each with its place. Every revision of the log is somebody's.
    private func placed() throws(LinearizabilityViolation) -> [(Operation, Place)] {
        var placed: [(Operation, Place)] = []
        var owned = Set<UInt64>()
        func own(_ revision: UInt64, _ operation: Operation) throws(LinearizabilityViolation) {
            guard timeline.set(at: revision) != nil else {
                throw violation(
                    .attribution, "revision \(revision) was acknowledged and is not in the log: \(operation)")
            }
            guard owned.insert(revision).inserted else {
                throw violation(.attribution, "revision \(revision) was acknowledged twice: \(operation)")
            }
            placed.append((operation, .write(revision)))
        }
        for operation in history.operations {
            switch operation.answer {
            case .found(_, let position), .done(_, changed: false, let position):
                placed.append((operation, .read(position)))
            case .done(_, changed: true, let position): try own(position, operation)
            case .refused, .unknown: break
            }
        }
        for operation in history.operations {
            guard case .unknown = operation.answer, let revision = timeline.revision(of: operation) else { continue }
            try own(revision, operation)
        }
        if let orphan = history.log.first(where: { !owned.contains($0.position.revision) }) {
            throw violation(.attribution, "nobody asked for revision \(orphan.position.revision)")
        }
        return placed
    }

    /// Real time: whatever was answered before an operation was asked comes before it.
    private func checkOrder(_ placed: [(Operation, Place)]) throws(LinearizabilityViolation) {
        let byStart = placed.sorted { $0.0.start < $1.0.start }
        // An operation without an answer never ended: nothing has to come after it.
        let byEnd = placed.filter { !$0.0.isUnknown }.sorted { $0.0.end < $1.0.end }
        var ended = byEnd.makeIterator()
        var next = ended.next()
        var newest = history.base
        for (operation, place) in byStart {
            while let (earlier, earlierPlace) = next, earlier.end < operation.start {
                newest = max(newest, earlierPlace.revision)
                next = ended.next()
            }
            let isBehind =
                switch place {
                case .write(let revision): newest < revision
                case .read(let revision): newest <= revision
                }
            guard isBehind else {
                throw violation(.order, "revision \(newest) was answered before this was asked: \(operation)")
            }
        }
    }

    private func checkAnswer(_ operation: Operation, _ place: Place) throws(LinearizabilityViolation) {
        switch (operation.action, operation.answer) {
        case (.read(let key), .found(let entry, let position)):
            let expected = timeline.entry(key, at: position)
            guard entry == expected else {
                throw violation(
                    .read, "\(key) was \(describe(expected)) at \(position), and read as \(describe(entry))")
            }
        case (.transact(let transaction), .done(let succeeded, _, _)):
            try checkTransaction(transaction, succeeded: succeeded, place)
        case (.transact(let transaction), .unknown):
            let before = place.revision - 1
            try checkTransaction(transaction, succeeded: timeline.holds(transaction.guards, at: before), place)
        default: throw violation(.attribution, "an answer to another question: \(operation)")
        }
    }

    private func checkTransaction(
        _ transaction: StoreTransaction,
        succeeded: Bool,
        _ place: Place
    ) throws(LinearizabilityViolation) {
        let before: UInt64
        var changes: [StoreChange] = []
        switch place {
        case .read(let position): before = position
        case .write(let revision):
            before = revision - 1
            changes = timeline.set(at: revision)?.changes ?? []
        }
        guard timeline.holds(transaction.guards, at: before) == succeeded else {
            throw violation(
                .transaction, "the guards were \(!succeeded) after \(before), and \(succeeded) was answered")
        }
        let effects = timeline.effects(of: succeeded ? transaction.then : transaction.otherwise, at: before)
        guard changes.map({ Timeline.Effect(key: $0.key, value: $0.entry?.value) }) == effects else {
            throw violation(
                .transaction, "after \(before) the transaction changes \(effects), and the log says \(changes)")
        }
    }

    private func violation(_ kind: LinearizabilityViolation.Kind, _ text: String) -> LinearizabilityViolation {
        LinearizabilityViolation(kind: kind, description: text)
    }

    private func describe(_ entry: StoreEntry?) -> String {
        entry.map { "\($0.value) of revision \($0.revision)" } ?? "absent"
    }
}

extension RecordedHistory.Operation {
    fileprivate var isUnknown: Bool {
        if case .unknown = answer { return true }
        return false
    }
}
