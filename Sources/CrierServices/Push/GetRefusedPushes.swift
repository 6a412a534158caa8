import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// A client's last refused push, as this node remembers it, or each of all.
struct GetRefusedPushes {
    let gateway: Gateway
    /// nil: there are no other nodes, or another node asks.
    let others: PeerCalls?

    func answer(_ call: AsyncCall) async throws {
        let request = try await call.request(RefusedPushesRequest.self)
        let client = try Self.client(of: request)
        var pushes: [CrierMessages.RefusedPush] = []
        var missing: [String] = []
        if let own = await gateway.lastRefusedPush(for: client) {
            pushes.append(CrierMessages.RefusedPush(own, on: gateway.node))
        }
        if request.allNodes, let others {
            var asked = request
            asked.allNodes = false
            let answers = await Self.ask(others, asked)
            pushes += answers.pushes
            missing = answers.missing
        }
        for push in pushes.sorted(by: { $0.at > $1.at }) { try await call.send(FramedMessage(push)) }
        guard missing.isEmpty else {
            let reasons = missing.joined(separator: "; ")
            throw GRPCStatus(.unavailable, "the refused pushes that some nodes remember are missing: \(reasons)")
        }
    }

    private static func client(of request: RefusedPushesRequest) throws(GRPCStatus) -> ClientID {
        do throws(GatewayError) {
            return try ClientID(validating: request.clientID)
        } catch {
            throw GRPCStatus(error)
        }
    }

    /// Asks all of them before it waits for the first: those that do not answer cost their time together.
    private static func ask(
        _ others: PeerCalls, _ request: RefusedPushesRequest
    ) async -> (pushes: [CrierMessages.RefusedPush], missing: [String]) {
        var asked: [PeerAnswers] = []
        var pushes: [CrierMessages.RefusedPush] = []
        var missing: [String] = []
        for node in others.nodes {
            do throws(GRPCStatus) {
                asked.append(try others.open("GetRefusedPushes", FramedMessage(request), to: node))
            } catch {
                missing.append(error.message)
            }
        }
        for answers in asked {
            do {
                // A node remembers one.
                if let bytes = try await answers.next() {
                    pushes.append(try CrierMessages.RefusedPush(unpacking: Array(bytes.readableBytesView)))
                }
            } catch let status as GRPCStatus where status.code == .unimplemented {
                // A node of an older version remembers none.
            } catch let status as GRPCStatus where status.code == .unavailable {
                missing.append(status.message)
            } catch {
                missing.append("node \(answers.node): \(error)")
            }
        }
        await PeerAnswers.close(asked)
        return (pushes, missing)
    }
}

extension CrierMessages.RefusedPush {
    fileprivate init(_ push: CrierCore.RefusedPush, on node: NodeID) {
        self.init(
            nodeID: node.rawValue,
            at: push.at,
            outcome: PushResponse.Outcome(push.outcome),
            messageID: push.message.rawValue,
            detail: push.detail
        )
    }
}
