import CrierCore
import CrierMessages
import NIOCore

/// What backends ask for, in the words of the core. Every check names the field.
///
/// Functions of the message and no initializers, since those would take a copy of it all.
extension CrierMessages.PushRequest {
    /// - Parameter deadline: the call's, until which an acknowledgement is waited for.
    func checked(deadline: NIODeadline?) throws(GatewayError) -> CrierCore.PushRequest {
        CrierCore.PushRequest(
            client: try ClientID(validating: clientID),
            content: messageContent,
            waitFor: try CrierCore.PushRequest.Stage(waitFor),
            deadline: deadline,
            isDurable: durable,
            timeToLiveMilliseconds: ttlMs,
            idempotencyKey: idempotencyKey,
            collapseKey: collapseKey,
            traceParent: traceparent
        )
    }

    /// `message` is sent as text when `content` is not set: the first contract's way.
    private var messageContent: Message.Content {
        switch content {
        case nil: .text(message)
        case .text(let text): .text(text.content)
        case .event(let event): .event(type: event.type, details: event.details)
        case .fileNotice(let notice): .fileNotice(CrierCore.FileNotice(notice))
        case .data(let bytes): .data(bytes)
        case .fileControl(let control):
            .fileControl(
                CrierCore.FileControl(
                    fileID: control.fileID,
                    action: control.action.rawValue,
                    maximumBytesPerSecond: control.maxBytesPerSecond
                )
            )
        }
    }
}

extension CrierCore.FileNotice {
    fileprivate init(_ notice: CrierMessages.FileNotice) {
        self.init(fileID: notice.fileID)
        fileName = notice.fileName
        fileSize = notice.fileSize
        sha256 = notice.sha256
        blockSize = notice.blockSize
        notBefore = notice.notBefore
        deadline = notice.deadline
        startJitterMilliseconds = notice.startJitterMs
        maximumBytesPerSecond = notice.maxBytesPerSecond
        urls = notice.urls
        rolloutID = notice.rolloutID
        labels = notice.labels.map { CrierCore.Label(key: $0.key, value: $0.value) }
        isRevoked = notice.revoked
    }
}

extension CrierCore.PushRequest.Stage {
    fileprivate init(_ waitFor: CrierMessages.PushRequest.WaitFor) throws(GatewayError) {
        switch waitFor {
        case .written: self = .written
        case .received: self = .received
        case .applied: self = .applied
        case .unrecognized(let number):
            throw GatewayError(
                .invalidArgument,
                field: "wait_for",
                "wait_for is \(number); WRITTEN (0), RECEIVED (1) and APPLIED (2) are allowed"
            )
        }
    }
}
