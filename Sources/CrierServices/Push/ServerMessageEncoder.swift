public import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// Turns the core's messages into framed `ServerMessage`s: once each, however many streams they go down.
public struct ServerMessageEncoder: MessageEncoder {
    public init() {}

    public func encode(_ message: Message, _ body: (EncodedMessage) -> Void) {
        let message = ServerMessage(
            payload: ServerMessage.Payload(message.content),
            messageID: message.id.rawValue,
            sequence: message.sequence,
            expiresAt: message.expiresAt,
            collapseKey: message.collapseKey,
            traceparent: message.traceParent
        )
        FramedMessage.withBytes(of: message) { body(EncodedMessage($0)) }
    }
}

extension ServerMessage.Payload {
    fileprivate init(_ content: Message.Content) {
        self =
            switch content {
            case .text(let text): .text(TextMessage(content: text))
            case .event(let type, let details): .event(NotifyEvent(type: type, details: details))
            case .fileNotice(let notice): .fileNotice(CrierMessages.FileNotice(notice))
            case .data(let bytes): .data(bytes)
            case .fileControl(let control): .fileControl(CrierMessages.FileControl(control))
            case .welcome(let welcome): .welcome(CrierMessages.Welcome(welcome))
            case .heartbeat(let client, let timestamp):
                .heartbeat(Heartbeat(clientID: client.rawValue, timestamp: timestamp))
            case .redirect(let redirect): .redirect(CrierMessages.Redirect(redirect))
            }
    }
}

extension CrierMessages.FileNotice {
    fileprivate init(_ notice: CrierCore.FileNotice) {
        self.init(
            fileName: notice.fileName,
            fileSize: notice.fileSize,
            fileID: notice.fileID,
            sha256: notice.sha256,
            blockSize: notice.blockSize,
            notBefore: notice.notBefore,
            deadline: notice.deadline,
            startJitterMs: notice.startJitterMilliseconds,
            maxBytesPerSecond: notice.maximumBytesPerSecond,
            urls: notice.urls,
            rolloutID: notice.rolloutID,
            labels: notice.labels.map { CrierMessages.Label(key: $0.key, value: $0.value) },
            revoked: notice.isRevoked
        )
    }
}

extension CrierMessages.FileControl {
    fileprivate init(_ control: CrierCore.FileControl) {
        self.init(
            fileID: control.fileID,
            action: Action(rawValue: control.action),
            maxBytesPerSecond: control.maximumBytesPerSecond
        )
    }
}

extension CrierMessages.Welcome {
    fileprivate init(_ welcome: CrierCore.Welcome) {
        self.init(
            sessionID: welcome.session.description,
            nodeID: welcome.node.rawValue,
            heartbeatIntervalMs: welcome.heartbeatInterval.nanoseconds / 1_000_000,
            resumed: welcome.resumed,
            sequence: welcome.sequence,
            generation: welcome.generation.rawValue,
            serverTime: welcome.serverTime,
            serverVersion: welcome.serverVersion,
            maxMessageBytes: Int64(welcome.maximumMessageBytes)
        )
    }
}

extension CrierMessages.Redirect {
    fileprivate init(_ redirect: CrierCore.Redirect) {
        self.init(
            afterMs: redirect.after.nanoseconds / 1_000_000,
            targets: redirect.targets,
            reason: redirect.reason.rawValue,
            final: redirect.isFinal
        )
    }
}
