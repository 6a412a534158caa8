import CCrierMessages

/// What became of them. `ForwardedAnswerView` reads and writes the answers without copies.
public struct PeerResponse: WireMessage {
    /// In the first message, and nothing else there.
    public var hello: PeerHello?
    /// In any order.
    public var answers: [ForwardedAnswer]

    /// A message with these fields; the defaults are those of the wire.
    public init(
        hello: PeerHello? = nil,
        answers: [ForwardedAnswer] = []
    ) {
        self.hello = hello
        self.answers = answers
    }
}

extension PeerResponse: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "PeerResponse", crier__v1__peer_response__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__PeerResponse) throws(WireError) {
        hello = try PeerHello.read(c.hello)
        answers = try ForwardedAnswer.read(c.answers, c.n_answers)
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__PeerResponse> {
        let c = scratch.make(crier__v1__peer_response__init)
        if let hello { c.pointee.hello = hello.fill(&scratch) }
        c.pointee.n_answers = answers.count
        c.pointee.answers = scratch.copy(answers)
        return c
    }
}
