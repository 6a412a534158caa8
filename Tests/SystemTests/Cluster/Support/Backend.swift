import CrierClient
import CrierGRPC
import CrierMessages
import Synchronization

/// Pushes, and writes down what it is told of each push.
final class Backend: Sendable {
    let name: String
    /// The node that it speaks to; nil: whichever of several answers.
    let node: String?
    private let history: History
    private let link: GatewayLink
    /// Grows when an answer was lost: what is sent afterwards may overtake what was sent before.
    private let lane = Mutex(0)

    init(_ name: String, node: String?, targets: [HostPort], history: History) throws {
        self.name = name
        self.node = node
        self.history = history
        link = try GatewayLink(GatewayConfiguration(targets: targets))
    }

    func close() async { await link.close() }

    /// One push, and what became of it.
    @discardableResult
    func push(to client: String, timeout: Duration = .patience) async -> Course.Push {
        let number = history.sends(to: client, lane: "\(name)-\(lane.withLock { $0 })", asked: node)
        let answer: Course.Answer
        do throws(CrierClientError) {
            let request = PushRequest(clientID: client, message: String(number))
            answer = Course.Answer(try await Pusher(link).push(request, timeout: timeout))
        } catch {
            // What the test itself breaks off has no answer.
            if Task.isCancelled { return history.push(number) }
            answer = .unknown("\(error)")
        }
        if case .unknown = answer { lane.withLock { $0 += 1 } }
        history.answered(number, answer)
        return history.push(number)
    }

    /// Pushes to each of the clients, `rate` a second, until the task is cancelled, all over one stream as long as it
    /// lasts.
    func stream(to clients: [String], rate: Int) async {
        while !Task.isCancelled {
            let pipeline = Pusher(link).pipeline()
            let open = OpenPushes()
            let lane = lane.withLock { $0 }
            let why = await withTaskGroup(of: String.self) { group in
                group.addTask { await self.read(pipeline, open) }
                group.addTask { await self.write(pipeline, clients, rate, "\(self.name)-\(lane)", open) }
                let why = await group.next() ?? ""
                pipeline.cancel()
                group.cancelAll()
                return why
            }
            if Task.isCancelled { return }
            for number in open.numbers.withLock({ $0 }) {
                history.answered(number, .unknown("the stream ended: \(why)"))
            }
            self.lane.withLock { $0 += 1 }
            await pass(.milliseconds(200))
        }
    }

    private func read(_ pipeline: PushPipeline, _ open: OpenPushes) async -> String {
        do throws(CrierClientError) {
            while let response = try await pipeline.next() {
                let number = Int(response.tag)
                open.numbers.withLock { _ = $0.remove(number) }
                history.answered(number, Course.Answer(response))
            }
            return "it was over"
        } catch {
            return "\(error)"
        }
    }

    private func write(
        _ pipeline: PushPipeline, _ clients: [String], _ rate: Int, _ lane: String, _ open: OpenPushes
    ) async -> String {
        var next = 0
        while !Task.isCancelled {
            let client = clients[next % clients.count]
            next += 1
            let number = history.sends(to: client, lane: lane, asked: node)
            open.numbers.withLock { _ = $0.insert(number) }
            do throws(CrierClientError) {
                try await pipeline.send(PushRequest(clientID: client, message: String(number), tag: UInt64(number)))
            } catch {
                return "\(error)"
            }
            await pass(.seconds(1) / rate)
        }
        pipeline.finish()
        return "stopped"
    }
}

/// The pushes of one stream that have no answer yet.
private final class OpenPushes: Sendable {
    let numbers = Mutex<Set<Int>>([])
}

extension Course.Answer {
    init(_ response: PushResponse) {
        switch response.outcome {
        case .written: self = .written(node: response.nodeID)
        case .unknown: self = .unknown(response.error)
        default: self = .refused("\(response.outcome)")
        }
    }
}
