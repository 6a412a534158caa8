import CrierCore
import CrierMessages

/// What agents say, in the words of the core. Every check names the field.
extension Registration {
    init(_ register: RegisterRequest) throws(GatewayError) {
        try self.init(register, clientID: register.clientID, lastSession: nil)
    }

    /// `client_id` may stand in the message itself or in its register; where it stands in both, it must be the same.
    init(_ reconnect: ReconnectRequest) throws(GatewayError) {
        let register = reconnect.register ?? RegisterRequest()
        let outer = reconnect.clientID.isEmpty ? register.clientID : reconnect.clientID
        guard register.clientID.isEmpty || register.clientID == outer else {
            throw GatewayError(
                .invalidArgument,
                field: "reconnect.register.client_id",
                "reconnect.register.client_id differs from reconnect.client_id; leave one of them empty"
            )
        }
        // A last session that is none of ours is no mistake: the agent may come from another cluster.
        try self.init(register, clientID: outer, lastSession: SessionID(reconnect.lastSessionID))
    }

    private init(
        _ register: RegisterRequest,
        clientID: String,
        lastSession: SessionID?
    ) throws(GatewayError) {
        try self.init(
            client: try ClientID(validating: clientID),
            labels: register.labels.map { CrierCore.Label(key: $0.key, value: $0.value) },
            instance: try InstanceID(validating: register.instanceID),
            attempt: register.attempt,
            agentVersion: register.agentVersion,
            lastSession: lastSession,
            acknowledged: register.acknowledged
        )
    }
}

extension Acknowledgement {
    init(_ ack: Ack) throws(GatewayError) {
        let stage: Stage
        switch ack.stage {
        case .received: stage = .received
        case .applied: stage = .applied
        case .rejected: stage = .rejected
        case .unrecognized(let number):
            throw GatewayError(
                .invalidArgument,
                field: "ack.stage",
                "ack.stage is \(number); RECEIVED (0), APPLIED (1) and REJECTED (2) are allowed"
            )
        }
        self.init(
            stage,
            message: ack.messageID.isEmpty ? nil : MessageID(ack.messageID),
            sequence: ack.sequence,
            detail: ack.detail
        )
    }
}

extension CrierCore.FileStatus {
    init(_ status: CrierMessages.FileStatus) {
        self.init(
            fileID: status.fileID,
            state: State(status.state),
            bytesDone: status.bytesDone,
            bytesTotal: status.bytesTotal,
            detail: status.detail,
            messageID: status.messageID,
            rolloutID: status.rolloutID
        )
    }
}

extension CrierCore.FileStatus.State {
    fileprivate init(_ state: CrierMessages.FileStatus.State) {
        switch state {
        case .unknown: self = .unknown
        case .accepted: self = .accepted
        case .downloading: self = .downloading
        case .verified: self = .verified
        case .installed: self = .installed
        case .failed: self = .failed
        case .declined: self = .declined
        case .paused: self = .paused
        // A later contract's state: better not known than the stream lost.
        case .unrecognized: self = .unknown
        }
    }
}

extension ClientMessage {
    /// As the contract spells it.
    var payloadName: String {
        switch payload {
        case .register: "register"
        case .heartbeat: "heartbeat"
        case .reconnect: "reconnect"
        case .ack: "ack"
        case .fileStatus: "file_status"
        case nil: "empty or unknown to this version"
        }
    }
}
