import Synchronization

/// The generations of a cluster: a Lamport counter, fed by everything that is heard from the registry. No clocks.
///
/// The next one is above the last that was issued here, above every position of the store that was heard of, and above
/// the generation of every record that was seen. Two nodes may issue the same one for a client that connects to both at
/// once; then the store decides whose record is first, and the other's client is asked to come again.
final class ClusterGenerations: GenerationSource {
    private let highest = Atomic<UInt64>(0)

    /// What is issued from now on is higher.
    func observe(_ number: UInt64) {
        // A number that nobody could have counted to would leave no room above it: a damaged record, or a bad joke.
        guard number < 1 << 62 else { return }
        highest.max(number, ordering: .relaxed)
    }

    func next(for client: ClientID) -> Generation {
        Generation(rawValue: highest.add(1, ordering: .relaxed).newValue)
    }
}
