import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore
import Synchronization

/// One connection to a cluster: to one of its members at a time, and to the next one when that does not answer.
final class EtcdConnection: Sendable {
    private struct Route {
        var endpoints: [HostPort]
        /// Grows with every change of the member, so that of many requests that fail together one moves on.
        var number = 0
    }

    private let channel: GRPCChannel
    private let login: EtcdLogin?
    private let patience: Duration
    private let requestTimeout: Duration
    private let route: Mutex<Route>

    /// Connects to nothing yet. Throws what the TLS library says of files that cannot be used.
    init(_ settings: EtcdStoreSettings, group: any EventLoopGroup) throws {
        var configuration = ChannelConfiguration()
        configuration.limits.inboundMessageBytes = EtcdLimits.answerBytes
        configuration.backoff.initial = EtcdLimits.backoff
        configuration.backoff.maximum = EtcdLimits.longestBackoff
        configuration.giveUp(
            connect: EtcdLimits.connectTimeout,
            idleBeforePing: EtcdLimits.idleBeforePing,
            pingTimeout: EtcdLimits.pingTimeout
        )
        if let tls = settings.tls {
            try configuration.useTLS(
                authorityFile: tls.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile
            )
        }
        channel = GRPCChannel(targets: settings.endpoints, configuration: configuration, group: group)
        login = settings.user.map { EtcdLogin($0) }
        patience = settings.patience
        requestTimeout = settings.requestTimeout
        route = Mutex(Route(endpoints: settings.endpoints))
    }

    /// Ends all calls and the connection.
    func shutdown() async { await channel.shutdown() }

    // MARK: Requests

    /// One request, one answer. What surely did not happen, and what changes nothing, is tried again at every member
    /// while patience lasts.
    /// - Parameters:
    ///   - isWrite: it changes something, so that a lost answer leaves it open whether it did.
    ///   - timeout: of one attempt; nil: as the settings say.
    func ask<Request: WireMessage, Answer: WireMessage>(
        _ method: EtcdMethod<Request, Answer>,
        _ request: Request,
        isWrite: Bool,
        timeout: Duration? = nil
    ) async throws(EtcdFailure) -> Answer {
        let framed = request.pack { FramedMessage(payloadSize: $0, write: $1) }
        let end = ContinuousClock.now + patience
        while true {
            let number = route.withLock { $0.number }
            var token: EtcdLogin.Token?
            let failure: EtcdFailure
            do throws(EtcdFailure) {
                token = try await self.token()
                return try await answer(
                    method, framed, token, timeout: min(timeout ?? requestTimeout, requestTimeout)
                )
            } catch {
                failure = error
            }
            if failure.kind == .staleToken, forget(token) { continue }
            if failure.isOfMember { moveOn(from: number) }
            guard failure.kind == .notDone || failure.kind == .unknown && !isWrite, ContinuousClock.now < end,
                (try? await Task.sleep(for: EtcdLimits.retryPause)) != nil
            else { throw failure }
        }
    }

    private func answer<Answer: WireMessage>(
        _ method: EtcdMethod<some WireMessage, Answer>,
        _ request: FramedMessage,
        _ token: EtcdLogin.Token?,
        timeout: Duration
    ) async throws(EtcdFailure) -> Answer {
        do throws(GRPCStatus) {
            let options = CallOptions(timeout: timeout, metadata: Self.metadata(token))
            return try Self.unpack(try await channel.unary(method.name, request, options: options))
        } catch {
            throw EtcdFailure(error)
        }
    }

    /// A call with any number of messages in both directions, and the token that it goes with.
    ///
    /// - Parameter silence: after which it has failed; nil: it may be silent.
    func open(
        _ method: EtcdMethod<some WireMessage, some WireMessage>,
        silence: Duration? = nil
    ) async throws(EtcdFailure) -> (stream: ClientStream, token: EtcdLogin.Token?) {
        let token = try await token()
        let options = CallOptions(metadata: Self.metadata(token), silence: silence)
        return (channel.open(method.name, options: options), token)
    }

    static func unpack<Message: WireMessage>(_ buffer: ByteBuffer) throws(GRPCStatus) -> Message {
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(WireError) in try Message(unpacking: bytes) }
        }
        switch result {
        case .success(let message): return message
        case .failure(let error): throw GRPCStatus(.internalError, error.description)
        }
    }

    // MARK: Members

    /// Names the member that is used now, for `moveOn`.
    var member: Int { route.withLock { $0.number } }

    /// Leaves the member that was used when `member` was this number, if nobody has left it yet.
    func moveOn(from number: Int) {
        let targets = route.withLock { route -> [HostPort]? in
            guard route.number == number, route.endpoints.count > 1 else { return nil }
            route.number += 1
            route.endpoints.append(route.endpoints.removeFirst())
            return route.endpoints
        }
        if let targets { channel.redirect(to: targets) }
    }

    // MARK: Tokens

    /// What goes with every request: that a member without a leader is to say so at once instead of waiting for one
    /// (etcd's `WithRequireLeader`), and who we are.
    private static func metadata(_ token: EtcdLogin.Token?) -> Metadata {
        var metadata: Metadata = ["hasleader": "true"]
        if let token { metadata.add("token", token.text) }
        return metadata
    }

    /// nil: we are nobody.
    private func token() async throws(EtcdFailure) -> EtcdLogin.Token? {
        guard let login else { return nil }
        do throws(GRPCStatus) {
            return try await login.token { request async throws(GRPCStatus) -> Etcd.AuthenticateResponse in
                let framed = request.pack { FramedMessage(payloadSize: $0, write: $1) }
                let options = CallOptions(timeout: requestTimeout, metadata: Self.metadata(nil))
                return try Self.unpack(
                    try await channel.unary(EtcdMethods.authenticate.name, framed, options: options))
            }
        } catch {
            throw EtcdFailure(error)
        }
    }

    /// What went with this token was refused. True: it was an old one, and another one may do.
    func forget(_ token: EtcdLogin.Token?) -> Bool {
        guard let login, let token, !token.isNew else { return false }
        login.forget(token)
        return true
    }
}
