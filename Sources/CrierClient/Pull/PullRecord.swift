/// The state file beside a part: the notice, so that a restart goes on by itself, and how much of the part is surely on
/// the disk. It may lag the part, never lead it.
struct PullRecord: Sendable, Equatable {
    var order: PullOrder
    /// Bytes from the beginning of the part that were on the disk before this was written.
    var durable: Int64 = 0
    /// When the notice came, milliseconds since 1970 by this machine's clock: the newest notice for a name wins.
    var received: Int64
    /// The gateway asked to pause, and that outlives this process.
    var isPaused = false
}

// One `key value` a line, values percent-encoded; the first line names the version, the last says that nothing is
// missing. People read it when something is stuck.
extension PullRecord {
    private static let firstLine = "crier-pull 1"
    private static let lastLine = "end"

    var text: String {
        var lines = [Self.firstLine]
        func add(_ key: String, _ value: some CustomStringConvertible) {
            lines.append("\(key) \(PercentEncoding.encode(value.description))")
        }
        add("file_id", order.fileID)
        add("name", order.name)
        add("size", order.size)
        add("sha256", order.digest.hex)
        add("block_size", order.blockSize)
        if let notBefore = order.notBefore { add("not_before", notBefore) }
        if let deadline = order.deadline { add("deadline", deadline) }
        add("start_jitter_ms", order.startJitter.wholeMilliseconds)
        add("max_bytes_per_second", order.maxBytesPerSecond)
        add("message_id", order.messageID)
        add("rollout_id", order.rolloutID)
        add("received", received)
        add("paused", isPaused ? 1 : 0)
        add("durable", durable)
        return lines.joined(separator: "\n") + "\n\(Self.lastLine)\n"
    }

    /// Throws `.dataLoss` for anything that `text` did not write whole.
    init(text: String) throws(CrierClientError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard lines.first == Self.firstLine[...], lines.last == Self.lastLine[...], lines.count >= 2 else {
            throw CrierClientError(.dataLoss, "not a whole state file of version 1")
        }
        lines = Array(lines.dropFirst().dropLast())
        var values: [Substring: String] = [:]
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw CrierClientError(.dataLoss, "state file: no value in \(line)") }
            values[parts[0]] = PercentEncoding.decode(parts[1])
        }
        func number(_ key: Substring) -> Int64? { values[key].flatMap { Int64($0) } }
        guard
            let fileID = values["file_id"], let name = values["name"], let size = number("size"),
            let digest = values["sha256"].flatMap({ ContentDigest(hex: $0) }), let received = number("received"),
            let durable = number("durable"), durable >= 0, durable <= size
        else {
            throw CrierClientError(.dataLoss, "state file: a field is missing or out of range")
        }
        order = try PullOrder(
            fileID: fileID,
            name: SafeFileName(name),
            size: size,
            digest: digest,
            blockSize: number("block_size") ?? 0,
            notBefore: number("not_before"),
            deadline: number("deadline"),
            startJitter: .milliseconds(number("start_jitter_ms") ?? 0),
            maxBytesPerSecond: number("max_bytes_per_second") ?? 0,
            messageID: values["message_id"] ?? "",
            rolloutID: values["rollout_id"] ?? ""
        )
        self.durable = durable
        self.received = received
        isPaused = number("paused") == 1
    }
}

/// Keeps a value on one line: everything but printable ASCII, and `%` itself, becomes `%XX`.
enum PercentEncoding {
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What is no `%XX` stays as it is.
    static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let value = UInt8(Substring(digits), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
