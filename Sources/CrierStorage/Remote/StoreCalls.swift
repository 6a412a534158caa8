import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// Calls of another gateway's `KeyValueService`, with the port's errors.
final class StoreCalls: Sendable {
    private let channel: GRPCChannel
    private let metadata: Metadata
    private let timeout: Duration

    /// - Parameter timeout: how long a call may take when nothing else is said.
    init(_ channel: GRPCChannel, _ metadata: Metadata, timeout: Duration) {
        self.channel = channel
        self.metadata = metadata
        self.timeout = timeout
    }

    func close() async { await channel.shutdown() }

    /// A call that changes nothing.
    func ask<Answer: WireMessage>(
        _ method: String,
        _ request: some WireMessage,
        as answer: Answer.Type,
        timeout: Duration? = nil
    ) async throws(KeyValueError) -> Answer {
        try await call(method, request, isWrite: false, timeout ?? self.timeout)
    }

    /// A call that changes something: when its answer is lost, nobody knows whether it did.
    func change<Answer: WireMessage>(
        _ method: String,
        _ request: some WireMessage,
        as answer: Answer.Type,
        timeout: Duration? = nil
    ) async throws(KeyValueError) -> Answer {
        try await call(method, request, isWrite: true, timeout ?? self.timeout)
    }

    /// The same without waiting; writes of one thread reach the other gateway in the order in which they are made.
    func change<Answer: WireMessage>(
        _ method: String,
        _ request: some WireMessage,
        as answer: Answer.Type,
        completion: @escaping @Sendable (Result<Answer, KeyValueError>) -> Void
    ) {
        channel.unary(Self.path(method), framed(request), options: options(timeout)) { result in
            completion(
                Result { () throws(KeyValueError) in
                    do throws(GRPCStatus) {
                        return try unpack(try result.get())
                    } catch {
                        throw KeyValueError(error, isWrite: true)
                    }
                }
            )
        }
    }

    /// One request, any number of answers.
    ///
    /// - Parameter silence: after which it has failed; nil: it may be silent.
    func open(
        _ method: String,
        _ request: some WireMessage,
        silence: Duration? = nil
    ) async throws(KeyValueError) -> ClientStream {
        let stream = channel.open(Self.path(method), options: CallOptions(metadata: metadata, silence: silence))
        do throws(GRPCStatus) {
            try await stream.send(framed(request))
        } catch {
            throw KeyValueError(error, isWrite: false)
        }
        stream.finishSending()
        return stream
    }

    private func call<Answer: WireMessage>(
        _ method: String,
        _ request: some WireMessage,
        isWrite: Bool,
        _ timeout: Duration
    ) async throws(KeyValueError) -> Answer {
        do throws(GRPCStatus) {
            return try unpack(
                try await channel.unary(Self.path(method), framed(request), options: options(timeout))
            )
        } catch {
            throw KeyValueError(error, isWrite: isWrite)
        }
    }

    private func options(_ timeout: Duration) -> CallOptions { CallOptions(timeout: timeout, metadata: metadata) }

    private static func path(_ method: String) -> String { "crier.v1.KeyValueService/\(method)" }
}

extension ClientStream {
    /// The next answer; nil when the call ended well.
    func next<Answer: WireMessage>(as answer: Answer.Type) async throws(KeyValueError) -> Answer? {
        do throws(GRPCStatus) {
            guard let bytes = try await next() else { return nil }
            return try unpack(bytes)
        } catch {
            throw KeyValueError(error, isWrite: false)
        }
    }
}

private func framed(_ message: some WireMessage) -> FramedMessage {
    message.pack { FramedMessage(payloadSize: $0, write: $1) }
}

/// Bytes that are not the message they should be are the other side's fault: INTERNAL, as gRPC says.
private func unpack<Message: WireMessage>(_ buffer: ByteBuffer) throws(GRPCStatus) -> Message {
    let result = buffer.withUnsafeReadableBytes { bytes in
        Result { () throws(WireError) in try Message(unpacking: bytes) }
    }
    switch result {
    case .success(let message): return message
    case .failure(let error): throw GRPCStatus(.internalError, error.description)
    }
}
