import CrierClient

/// Gathers entries into transactions as large as the gateway takes, and counts what became of them.
struct Importer {
    /// What was done so far.
    struct Counts: Encodable, Sendable, Equatable {
        var imported = 0
        /// With `--if-absent`: keys that were there and were left as they are.
        var alreadyThere = 0
        /// Entries whose time was over.
        var expired = 0
    }

    private(set) var counts = Counts()
    private let namespace: String
    private let ifAbsent: Bool
    private let transact: (KeyValueTransaction) async throws -> Bool
    private var batch: [ImportLine] = []
    private var keys: Set<[UInt8]> = []
    private var bytes = 0

    /// - Parameter transact: Carries a transaction out; false when a guard did not hold.
    init(
        namespace: String,
        ifAbsent: Bool,
        transact: @escaping (KeyValueTransaction) async throws -> Bool
    ) {
        (self.namespace, self.ifAbsent, self.transact) = (namespace, ifAbsent, transact)
    }

    /// Takes an entry; writes those before it when they fill a transaction, or hold the same key: the last one counts.
    mutating func add(_ line: ImportLine) async throws {
        guard !line.isExpired else { return counts.expired += 1 }
        let size = line.byteCount(in: namespace) * (ifAbsent ? 2 : 1)
        let isFull = batch.count >= KeyValueToolLimits.importOperations / (ifAbsent ? 2 : 1)
        if isFull || bytes + size > KeyValueToolLimits.importBytes || keys.contains(Array(line.key.utf8)) {
            try await finish()
        }
        batch.append(line)
        keys.insert(Array(line.key.utf8))
        bytes += size
    }

    /// Writes what is gathered.
    mutating func finish() async throws {
        guard !batch.isEmpty else { return }
        let lines = batch
        (batch, keys, bytes) = ([], [], 0)
        if try await write(lines) {
            counts.imported += lines.count
            return
        }
        // Some are there: the guards of all of them failed together, so each is asked about alone.
        for line in lines {
            if try await write([line]) { counts.imported += 1 } else { counts.alreadyThere += 1 }
        }
    }

    private func write(_ lines: [ImportLine]) async throws -> Bool {
        let guards = ifAbsent ? lines.map { KeyValueGuard($0.key, in: namespace, .absent) } : []
        let puts = lines.map {
            KeyValueWrite.put(namespace: namespace, key: $0.key, value: $0.value, expiry: $0.expiry)
        }
        return try await transact(KeyValueTransaction(guards: guards, then: puts))
    }
}
