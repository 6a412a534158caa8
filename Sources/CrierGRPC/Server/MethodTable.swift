import CrierHTTP2

/// One method of a service and how it is answered.
final class ServerMethod: Sendable {
    enum Form: Sendable {
        case callbacks(MethodTable.Start)
        case unary(MethodTable.Answer)
        case async(AsyncCall.Body)
    }

    /// `package.Service/Method`, without a leading slash.
    let name: String
    let form: Form
    /// Answers the request of a method in unary form; nil for the others.
    let answer: MethodTable.Answer?

    init(name: String, form: Form) {
        self.name = name
        self.form = form
        if case .unary(let answer) = form { self.answer = answer } else { answer = nil }
    }
}

extension ServerMethod.Form {
    fileprivate func guarded(by refusal: @escaping @Sendable (Metadata) -> GRPCStatus?) -> ServerMethod.Form {
        switch self {
        case .callbacks(let start):
            .callbacks { call in
                guard let status = refusal(call.metadata) else { return start(call) }
                call.finish(status)
                return RefusedCall()
            }
        case .unary(let answer):
            .unary { call, request in
                guard let status = refusal(call.metadata) else { return answer(call, request) }
                call.finish(status)
            }
        case .async(let body):
            .async { call in
                if let status = refusal(call.context.metadata) { throw status }
                try await body(call)
            }
        }
    }
}

/// A call that was not let in.
private final class RefusedCall: ServerCallHandler {
    func received(_ message: UnsafeRawBufferPointer) {}
}

/// All methods of a server by their paths.
///
/// Looked up by the path's bytes, since making a `String` of each would cost more than the look-up.
public struct MethodTable: Sendable {
    /// Makes the handler of one call, on the call's event loop.
    public typealias Start = @Sendable (ServerCall) -> any ServerCallHandler

    /// Answers one request, with `send` and `finish` of the call, at once or later on the call's event loop. The
    /// request's bytes are valid during this call only.
    public typealias Answer = @Sendable (_ call: ServerCall, _ request: UnsafeRawBufferPointer) -> Void

    private var methods: [ServerMethod] = []
    private var paths: [(bytes: Range<Int>, method: Int)] = []
    // Of all paths, in one array: no reference to count with each look-up.
    private var pathBytes: [UInt8] = []
    // Open addressing, a power of two of slots, at most half of them used.
    private var slots: [Int32] = Array(repeating: -1, count: 64)

    public init() {}

    /// Every service name that has a method, bare names included, sorted.
    public var serviceNames: [String] {
        Set(
            paths.map { path in
                String(decoding: pathBytes[path.bytes].dropFirst().prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self)
            }
        )
        .sorted()
    }

    /// Adds a method in callback form.
    /// - Parameters:
    ///   - service: The full name, such as `crier.v1.PushService`.
    ///   - bareName: A further name that the service answers to, such as `PushService`.
    public mutating func add(
        _ method: String, service: String, bareName: String? = nil, start: @escaping Start
    ) {
        add(method, service, bareName, .callbacks(start))
    }

    /// Adds a method that takes one message, in callback form. The call itself sees to it that there is exactly one,
    /// and needs no handler: for the hot ones.
    public mutating func addUnary(
        _ method: String, service: String, bareName: String? = nil, answer: @escaping Answer
    ) {
        add(method, service, bareName, .unary(answer))
    }

    /// Adds a method in `async` form, for those that are rare: a task and a few hops each.
    /// - Parameter body: Reads the request with `request()` or `next()` and answers with `send`.
    public mutating func addAsync(
        _ method: String, service: String, bareName: String? = nil, body: @escaping AsyncCall.Body
    ) {
        add(method, service, bareName, .async(body))
    }

    /// The same methods behind a door: a call for which `refusal` gives a status ends with it before its method hears
    /// of it.
    ///
    /// - Parameter refusal: judges what the client sent beside the fields of the protocol; on the call's event loop.
    public func guarded(by refusal: @escaping @Sendable (Metadata) -> GRPCStatus?) -> MethodTable {
        var table = self
        table.methods = methods.map { ServerMethod(name: $0.name, form: $0.form.guarded(by: refusal)) }
        return table
    }

    private mutating func add(_ method: String, _ service: String, _ bareName: String?, _ form: ServerMethod.Form) {
        methods.append(ServerMethod(name: "\(service)/\(method)", form: form))
        for name in [service, bareName].compactMap({ $0 }) {
            insert(Array("/\(name)/\(method)".utf8), methods.count - 1)
        }
    }

    /// The method of a path, which lives as long as the table: all loops would count references to it.
    func find(_ path: UnsafeBufferPointer<UInt8>) -> Unmanaged<ServerMethod>? {
        var slot = Self.hash(path) & (slots.count - 1)
        while slots[slot] >= 0 {
            let candidate = paths[Int(slots[slot])]
            if withBytes(of: candidate.bytes, { $0.equals(path) }) { return .passUnretained(methods[candidate.method]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private func withBytes<R>(of path: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        pathBytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[path])) }
    }

    private mutating func insert(_ path: [UInt8], _ method: Int) {
        precondition(path.withUnsafeBufferPointer { find($0) == nil }, "two methods of one path")
        paths.append((pathBytes.count..<pathBytes.count + path.count, method))
        pathBytes += path
        if paths.count * 2 > slots.count {
            slots = Array(repeating: -1, count: slots.count * 2)
            for index in paths.indices { place(index) }
        } else {
            place(paths.count - 1)
        }
    }

    private mutating func place(_ index: Int) {
        var slot = withBytes(of: paths[index].bytes, Self.hash) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(index)
    }

    /// FNV-1a over words of eight bytes, the last ones overlapping: the paths are ours, so nobody can choose them to
    /// collide; a miss costs at most one chain.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(raw.count)
        func add(_ word: UInt64) {
            hash = (hash ^ word) &* 0x100_0000_01b3
            hash ^= hash >> 29
        }
        guard raw.count >= 8 else {
            for byte in raw { add(UInt64(byte)) }
            return Int(truncatingIfNeeded: hash & 0x7FFF_FFFF)
        }
        for start in stride(from: 0, to: raw.count - 8, by: 8) {
            add(raw.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        add(raw.loadUnaligned(fromByteOffset: raw.count - 8, as: UInt64.self))
        return Int(truncatingIfNeeded: hash & 0x7FFF_FFFF)
    }
}
