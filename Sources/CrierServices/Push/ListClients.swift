import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// Who is connected, in the order of client ids.
struct ListClients {
    let gateway: Gateway

    func answer(_ call: AsyncCall) async throws {
        let bytes = try await call.request()
        let request: ListClientsRequest
        do throws(WireError) {
            request = try ListClientsRequest(unpacking: Array(bytes.readableBytesView))
        } catch {
            throw GRPCStatus(error)
        }
        let labels = request.labels.map { CrierCore.Label(key: $0.key, value: $0.value) }
        var listing = gateway.clients(ClientQuery(prefix: request.clientIDPrefix, labels: labels))
        while let page = await listing.next() {
            for client in page { try await call.send(FramedMessage(CrierMessages.ClientInfo(client))) }
        }
    }
}

extension CrierMessages.ClientInfo {
    fileprivate init(_ client: CrierCore.ClientInfo) {
        self.init(
            clientID: client.client.rawValue,
            sessionID: client.session.description,
            nodeID: client.node.rawValue,
            generation: client.generation.rawValue,
            connectedAt: client.connectedAt,
            lastHeardAt: client.lastHeardAt,
            address: client.address,
            agentVersion: client.agentVersion,
            labels: client.labels.map { CrierMessages.Label(key: $0.key, value: $0.value) },
            instanceID: client.instance.rawValue,
            queuedBytes: Int64(client.queuedBytes)
        )
    }
}
