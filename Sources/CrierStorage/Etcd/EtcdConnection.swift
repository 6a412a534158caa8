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
        var token: String?
    }

    private let channel: GRPCChannel
    private let user: EtcdStoreSettings.User?
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
        user = settings.user
        patience = settings.patience
        requestTimeout = settings.requestTimeout
        route = Mutex(Route(endpoints: settings.endpoints))
    }

    /// Ends all calls and the connection.
    func shutdown() async { await channel.shutdown() }

    // MARK: Requests

    /// One request, one answer. What surely did not happen, and what changes nothing, is tried again at every member
    /// while patience lasts.
    /// - Parameter isWrite: it changes something, so that a lost answer leaves it open whether it did.
    func ask<Request: WireMessage, Answer: WireMessage>(
        _ method: EtcdMethod<Request, Answer>,
        _ request: Request,
        isWrite: Bool
    ) async throws(EtcdFailure) -> Answer {
        let framed = request.pack { FramedMessage(payloadSize: $0, write: $1) }
        let end = ContinuousClock.now + patience
        var isTokenNew = false
        while true {
            let number = route.withLock { $0.number }
            let failure: EtcdFailure
            do throws(EtcdFailure) {
                return try await answer(method, framed)
            } catch {
                failure = error
            }
            if failure.kind == .staleToken, !isTokenNew, user != nil {
                isTokenNew = true
                route.withLock { $0.token = nil }
                continue
            }
            if failure.isOfMember { moveOn(from: number) }
            guard failure.kind == .notDone || failure.kind == .unknown && !isWrite, ContinuousClock.now < end,
                (try? await Task.sleep(for: EtcdLimits.retryPause)) != nil
            else { throw failure }
        }
    }

    private func answer<Answer: WireMessage>(
        _ method: EtcdMethod<some WireMessage, Answer>,
        _ request: FramedMessage
    ) async throws(EtcdFailure) -> Answer {
        do throws(GRPCStatus) {
            var options = CallOptions(timeout: requestTimeout)
            options.metadata = try await metadata()
            return try Self.unpack(try await channel.unary(method.name, request, options: options))
        } catch {
            throw EtcdFailure(error)
        }
    }

    /// A call with any number of messages in both directions.
    func open(_ method: EtcdMethod<some WireMessage, some WireMessage>) async throws(EtcdFailure) -> ClientStream {
        do throws(GRPCStatus) {
            var options = CallOptions()
            options.metadata = try await metadata()
            return channel.open(method.name, options: options)
        } catch {
            throw EtcdFailure(error)
        }
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

    // MARK: Members and tokens

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

    /// What goes with every request: that a member without a leader is to say so at once instead of waiting for one
    /// (etcd's `WithRequireLeader`), and who we are.
    private func metadata() async throws(GRPCStatus) -> Metadata {
        var metadata: Metadata = ["hasleader": "true"]
        if let user { metadata.add("token", try await token(user)) }
        return metadata
    }

    private func token(_ user: EtcdStoreSettings.User) async throws(GRPCStatus) -> String {
        if let token = route.withLock({ $0.token }) { return token }
        let request = Etcd.AuthenticateRequest(name: user.name, password: user.password)
            .pack { FramedMessage(payloadSize: $0, write: $1) }
        var options = CallOptions(timeout: requestTimeout)
        options.metadata = ["hasleader": "true"]
        do throws(GRPCStatus) {
            let buffer = try await channel.unary(EtcdMethods.authenticate.name, request, options: options)
            let answer: Etcd.AuthenticateResponse = try Self.unpack(buffer)
            route.withLock { $0.token = answer.token }
            return answer.token
        } catch {
            // Whatever was to be done with the token was not: only the search for it may have been.
            var status = GRPCStatus(error.code, error.message)
            if error.mayHaveRun { status = GRPCStatus(.unavailable, error.message) }
            throw status
        }
    }
}
