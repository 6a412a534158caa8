import CrierGRPC
import CrierMessages
public import NIOCore
public import NIOPosix

/// A way to a gateway: one connection that all calls share, made when the first call needs it and made again when it is
/// lost.
public final class GatewayLink: Sendable {
    private let channel: GRPCChannel

    /// Connects to nothing yet.
    /// - Parameter group: Whose loops carry the connection; by default the process's own.
    /// - Throws: `.invalidArgument` for no target or unusable TLS files.
    public convenience init(
        _ configuration: GatewayConfiguration,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) throws(CrierClientError) {
        try self.init(configuration, group: group, longestBackoff: nil)
    }

    /// - Parameter longestBackoff: Between two attempts to connect; nil: gRPC's 120 s.
    init(
        _ configuration: GatewayConfiguration,
        group: any EventLoopGroup,
        longestBackoff: Duration?
    ) throws(CrierClientError) {
        var channelConfiguration = try configuration.channelConfiguration()
        if let longestBackoff { channelConfiguration.backoff.maximum = TimeAmount(longestBackoff) }
        channel = GRPCChannel(targets: configuration.targets, configuration: channelConfiguration, group: group)
    }

    /// Other gateways from now on. Calls that are open may go on for half a minute where they are.
    func redirect(to targets: [HostPort]) { channel.redirect(to: targets) }

    /// Ends all calls and the connection.
    public func close() async {
        await channel.shutdown()
    }

    /// One request, one answer.
    func call<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        _ request: Request,
        timeout: Duration? = nil
    ) async throws(CrierClientError) -> Answer {
        do throws(GRPCStatus) {
            return try await answer(method, request, timeout: timeout)
        } catch {
            throw CrierClientError(error)
        }
    }

    /// The same, for who needs the status itself.
    func answer<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        _ request: Request,
        timeout: Duration?
    ) async throws(GRPCStatus) -> Answer {
        let framed = frame(request)
        let buffer = try await channel.unary(method.name, framed, options: CallOptions(timeout: timeout))
        return try unpack(buffer)
    }

    /// A call with any number of messages in both directions.
    /// - Parameter silence: How long the gateway may say nothing; nil: for ever.
    func open<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        silence: Duration? = nil
    ) -> MessageStream<Request, Answer> {
        MessageStream(channel.open(method.name, options: CallOptions(silence: silence)))
    }

    /// One request, any number of answers.
    func open<Request: WireMessage, Answer: WireMessage>(
        _ method: Method<Request, Answer>,
        _ request: Request,
        silence: Duration? = nil
    ) async throws(CrierClientError) -> MessageStream<Request, Answer> {
        let stream = open(method, silence: silence)
        try await stream.send(request)
        stream.finishSending()
        return stream
    }
}

/// A method of the contract, with what goes in and what comes out.
struct Method<Request: WireMessage, Answer: WireMessage>: Sendable {
    /// `package.Service/Method`.
    let name: String
}

/// The methods of pushes and files; those of the key-value state are in `KeyValueMethods`.
enum Methods {
    static let connect = Method<ClientMessage, ServerMessage>(name: "crier.v1.PushService/Connect")
    static let pushToClient = Method<PushRequest, PushResponse>(name: "crier.v1.PushService/PushToClient")
    static let pushStream = Method<PushRequest, PushResponse>(name: "crier.v1.PushService/PushStream")
    static let listClients = Method<ListClientsRequest, ClientInfo>(name: "crier.v1.PushService/ListClients")
    static let getRefusedPushes = Method<RefusedPushesRequest, RefusedPush>(
        name: "crier.v1.PushService/GetRefusedPushes")
    static let drain = Method<DrainRequest, DrainStatus>(name: "crier.v1.NodeService/Drain")

    static let downloadFile = Method<FileRequest, FileChunk>(name: "crier.v1.FileService/DownloadFile")
    static let getFileBlocks = Method<FileRequest, FileBlocks>(name: "crier.v1.FileService/GetFileBlocks")
    static let uploadFile = Method<UploadRequest, FileInfo>(name: "crier.v1.FileService/UploadFile")
    static let queryUpload = Method<QueryUploadRequest, UploadState>(name: "crier.v1.FileService/QueryUpload")
    static let getFile = Method<FileRequest, FileInfo>(name: "crier.v1.FileService/GetFile")
    static let listFiles = Method<ListFilesRequest, FileInfo>(name: "crier.v1.FileService/ListFiles")
    static let deleteFile = Method<FileRequest, FileInfo>(name: "crier.v1.FileService/DeleteFile")
}

/// A stream of typed messages. One task may send while another receives.
final class MessageStream<Request: WireMessage, Answer: WireMessage>: Sendable {
    private let stream: ClientStream

    init(_ stream: ClientStream) {
        self.stream = stream
    }

    /// Who stops reading in the middle needs to do nothing else.
    deinit { stream.cancel() }

    /// Returns when the message is on its way; waits while the peer's window is full.
    func send(_ request: Request) async throws(CrierClientError) {
        try await send(contentsOf: [request])
    }

    /// The same for several, together.
    func send(contentsOf requests: [Request]) async throws(CrierClientError) {
        let framed = requests.map { frame($0) }
        do throws(GRPCStatus) {
            try await stream.send(contentsOf: framed)
        } catch {
            throw CrierClientError(error)
        }
    }

    /// No more will be sent.
    func finishSending() { stream.finishSending() }

    /// The next answer; nil when the call ended well.
    func next() async throws(CrierClientError) -> Answer? {
        guard let buffer = try await nextBytes() else { return nil }
        do throws(GRPCStatus) {
            return try unpack(buffer)
        } catch {
            throw CrierClientError(error)
        }
    }

    /// The next answer as it came.
    func nextBytes() async throws(CrierClientError) -> ByteBuffer? {
        do throws(GRPCStatus) {
            return try await stream.next()
        } catch {
            throw CrierClientError(error)
        }
    }

    func cancel() { stream.cancel() }
}

private func frame(_ message: some WireMessage) -> FramedMessage {
    message.pack { FramedMessage(payloadSize: $0, write: $1) }
}

/// Bytes that are not the message they should be are the peer's fault: INTERNAL, as gRPC says.
private func unpack<Message: WireMessage>(_ buffer: ByteBuffer) throws(GRPCStatus) -> Message {
    let result = buffer.withUnsafeReadableBytes { bytes in
        Result { () throws(WireError) in try Message(unpacking: bytes) }
    }
    switch result {
    case .success(let message): return message
    case .failure(let error): throw GRPCStatus(.internalError, error.description)
    }
}
