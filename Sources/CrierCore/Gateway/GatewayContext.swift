import Logging
import NIOCore

/// What all loops of one gateway share; immutable, or behind its own lock.
final class GatewayContext: Sendable {
    let node: NodeID
    let settings: GatewaySettings
    let environment: GatewayEnvironment
    let registry: SessionRegistry
    /// nil: this node is alone.
    let cluster: ClusterRegistry?
    /// The other nodes; nil: there are none.
    let directory: (any RouteDirectory)?
    let encoder: any MessageEncoder
    let presence: any PresenceObserver
    let fileStatus: any FileStatusObserver
    let metrics = GatewayMetrics()
    let origins = PushOrigins()
    let admission: AdmissionControl
    let logger: Logger
    private let fightWarnings = LogBudget(lines: Limits.fightWarnings, per: Limits.fightWarningWindow)

    init(
        node: NodeID,
        settings: GatewaySettings,
        environment: GatewayEnvironment,
        registry: SessionRegistry,
        cluster: ClusterRegistry?,
        directory: (any RouteDirectory)?,
        encoder: any MessageEncoder,
        presence: any PresenceObserver,
        fileStatus: any FileStatusObserver,
        logger: Logger
    ) {
        self.node = node
        self.settings = settings
        self.environment = environment
        self.registry = registry
        admission = AdmissionControl(maximum: settings.maximumSessions, perSecond: settings.maximumConnectRate)
        self.cluster = cluster
        self.directory = directory
        self.encoder = encoder
        self.presence = presence
        self.fileStatus = fileStatus
        self.logger = logger
    }

    func admit(
        _ registration: Registration,
        outlet: any Outlet,
        home: GatewayLoop,
        place: UInt32
    ) throws(GatewayError) -> Admission {
        do throws(GatewayError) {
            try cluster?.requireMap()
            let admission = try registry.admit(registration, at: home.eventLoop.now) { generation, attempt in
                Session(
                    registration,
                    id: SessionID(random: environment.random),
                    generation: generation,
                    attempt: attempt,
                    outlet: outlet,
                    home: home,
                    place: place,
                    connectedAt: environment.wallClock()
                )
            }
            metrics.started()
            cluster?.started(admission.session.local)
            return admission
        } catch {
            refused(registration, error, at: home.eventLoop.now)
            throw error
        }
    }

    private func refused(_ registration: Registration, _ error: GatewayError, at now: NIODeadline) {
        guard error.code == .resourceExhausted else { return }
        metrics.quarantined()
        // A clone that comes back without its delay costs a figure, not a line.
        guard let omitted = fightWarnings.admit(at: now) else { return }
        logger.warning(
            "Two instances fight for one client id; the newcomer is kept away",
            metadata: [
                "client": "\(registration.client)",
                "instance": "\(registration.instance.rawValue)",
                "version": "\(registration.agentVersion)",
                "omitted": "\(omitted)",
            ]
        )
    }

    func ended(_ session: Session, _ reason: SessionEnd) {
        metrics.ended(reason)
        logger.debug(
            "Session ended",
            metadata: [
                "client": "\(session.client)",
                "generation": "\(session.generation)",
                "reason": "\(reason.label)",
            ]
        )
    }

    /// Where the clients of this node are sent when all of them leave.
    var drainTargets: RedirectTargets {
        directory.map { RedirectTargets(from: $0.nodes, leaving: registry.count) } ?? .none
    }

    func changed(_ client: ClientID, _ kind: PresenceEvent.Kind, _ generation: Generation) {
        metrics.presence(kind)
        presence.changed(PresenceEvent(client: client, kind: kind, generation: generation))
    }
}
