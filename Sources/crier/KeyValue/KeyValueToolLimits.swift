/// The limits of `crier kv`.
enum KeyValueToolLimits {
    /// Bytes of a value read from standard input: the gateway's own limit, 1 MiB, and it would refuse more.
    static let valueBytes = 1 << 20
    /// Bytes of a transaction's JSON: REST's limit of a body, 2 MiB.
    static let transactionBytes = 2 << 20
    /// Bytes of a line to import: a value of 1 MiB whose every byte is written as six (\u0000), and its key.
    static let importLineBytes = 7 << 20
    /// Writes and guards of a transaction that imports: the gateway takes 100.
    static let importOperations = 100
    /// Bytes of keys and values of such a transaction: the gateway takes 1 MiB, and one larger value alone.
    static let importBytes = 1 << 20
    /// Entries of a page when a whole namespace is read: what arrives together is held together.
    static let pageEntries = 1_000
    /// Pause before the first attempt to take up a watch again: a restart of the gateway takes about as long.
    static let firstRetryPause = Duration.milliseconds(100)
    /// Pause between attempts at most: who waits for a gateway looks at the clock after a few seconds.
    static let maximumRetryPause = Duration.seconds(5)
}
