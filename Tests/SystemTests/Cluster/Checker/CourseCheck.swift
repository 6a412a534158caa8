/// Holds the promises of a cluster against what happened.
///
/// - WRITTEN: exactly one session received it, one of that client on the node that the answer names. The one excuse:
///   that session did not end by the gateway's word (its connection broke, or its agent left), it received nothing
///   later of the same lane, and the push was answered before the node could know of that end: then it lies in a
///   socket.
/// - Refused (NOT_CONNECTED and all others that say that nothing was written): no session received it.
/// - Unknown: received once at most. Nothing at all is received twice, or by another client than it was for.
/// - What comes of one lane to one client comes in its order, over all sessions in the order of their generations.
/// - A connection breaks, and a push is refused or of unknown outcome, only where a disturbance explains it: a client
///   that is connected for longer than the bound is reachable, on its own node at once.
/// - Of two sessions of a client the older one ends within a bound.
struct CourseCheck {
    /// Times that the checker holds a run to.
    struct Bounds: Sendable {
        /// How long a connected client may be without a route, after a welcome and after a disturbance.
        var route = Duration.seconds(8)
        /// How long a node may take to notice that an agent's connection has ended, once it runs.
        var notice = Duration.seconds(2)
        /// How long the older of two sessions of a client may live on: until the newer one's record is there, and 2 s.
        var supersede = Duration.seconds(10)
    }

    let course: Course
    let bounds: Bounds
    private let receptions: [Int: [Int]]
    private let sessionsOfClient: [String: [Int]]

    init(_ course: Course, bounds: Bounds = Bounds()) {
        self.course = course
        self.bounds = bounds
        var receptions: [Int: [Int]] = [:]
        var sessionsOfClient: [String: [Int]] = [:]
        for (place, session) in course.sessions.enumerated() {
            sessionsOfClient[session.client, default: []].append(place)
            for push in session.received { receptions[push, default: []].append(place) }
        }
        self.receptions = receptions
        self.sessionsOfClient = sessionsOfClient
    }

    /// Every promise that was broken, in words.
    var faults: [String] {
        course.oddities + deliveryFaults + orderFaults + sessionFaults + routeFaults + supersedeFaults
    }

    /// Pushes answered WRITTEN that have not come yet, and whose session can still bring them.
    var outstanding: Int {
        course.pushes.indices.count { number in
            guard case .written(let node) = course.pushes[number].answer, receptions[number] == nil else {
                return false
            }
            return !isExcused(number, node)
        }
    }

    // MARK: Deliveries

    private var deliveryFaults: [String] {
        course.pushes.indices.compactMap { number in
            let push = course.pushes[number]
            let receivers = receptions[number] ?? []
            if let stranger = receivers.first(where: { course.sessions[$0].client != push.client }) {
                return "\(words(number)) came to \(words(session: stranger))"
            }
            if receivers.count > 1 {
                return "\(words(number)) came \(receivers.count) times: \(receivers.map(words(session:)))"
            }
            switch push.answer {
            case .written(let node):
                guard let receiver = receivers.first else {
                    return isExcused(number, node) ? nil : "\(words(number)) never came"
                }
                guard course.sessions[receiver].node != node else { return nil }
                return "\(words(number)) came to \(words(session: receiver)), on another node"
            case .refused:
                return receivers.first.map { "\(words(number)) came to \(words(session: $0))" }
            case .unknown, nil:
                return nil
            }
        }
    }

    private func isExcused(_ number: Int, _ node: String) -> Bool {
        let push = course.pushes[number]
        guard let answered = push.answered else { return false }
        return (sessionsOfClient[push.client] ?? [])
            .contains { place in
                let session = course.sessions[place]
                guard session.node == node, session.began <= answered, let ended = session.ended, session.end != .told
                else { return false }
                let known = course.disturbances.filter { $0.breaks.contains(node) && $0.from <= ended + bounds.notice }
                    .map { ($0.to ?? ended) + bounds.notice }
                guard answered <= max(ended + bounds.notice, known.max() ?? .zero) else { return false }
                return !session.received.contains { $0 > number && course.pushes[$0].lane == push.lane }
            }
    }

    // MARK: Order

    private struct Lane: Hashable {
        var name: String
        var client: String
    }

    private var orderFaults: [String] {
        var last: [Lane: Int] = [:]
        var faults: [String] = []
        let order = course.sessions.indices.sorted { course.sessions[$0].generation < course.sessions[$1].generation }
        for place in order {
            for number in course.sessions[place].received where course.pushes.indices.contains(number) {
                let lane = Lane(name: course.pushes[number].lane, client: course.pushes[number].client)
                if let before = last[lane], before > number {
                    faults.append("\(words(number)) came behind \(words(before)), in \(words(session: place))")
                }
                last[lane] = max(last[lane] ?? number, number)
            }
        }
        return faults
    }

    // MARK: Sessions and routes

    private var sessionFaults: [String] {
        course.sessions.indices.compactMap { place in
            let session = course.sessions[place]
            guard case .lost(let reason) = session.end, let ended = session.ended else { return nil }
            let isExplained = course.disturbances.contains { disturbance in
                disturbance.breaks.contains(session.node) && disturbance.from <= ended
                    && ended <= (disturbance.to ?? ended) + bounds.route
            }
            return isExplained ? nil : "\(words(session: place)) was lost: \(reason)"
        }
    }

    private var routeFaults: [String] {
        course.pushes.indices.compactMap { number in
            let push = course.pushes[number]
            let why: String
            switch push.answer {
            case .refused(let outcome): why = outcome
            case .unknown(let reason): why = reason
            case .written, nil: return nil
            }
            guard let answered = push.answered, let place = holder(of: push, until: answered) else { return nil }
            let session = course.sessions[place]
            let isExplained = course.disturbances.contains { disturbance in
                disturbance.hinders(push.asked, session.node) && disturbance.from <= answered
                    && push.sent <= (disturbance.to ?? answered) + bounds.route
            }
            return isExplained ? nil : "\(words(number)) got \(why), though \(words(session: place)) was there"
        }
    }

    /// The session that should have been found: open all the while, and long enough before, for that node.
    private func holder(of push: Course.Push, until answered: Duration) -> Int? {
        sessionsOfClient[push.client]?
            .last { place in
                let session = course.sessions[place]
                let known = session.began + (push.asked == session.node ? .zero : bounds.route)
                return known <= push.sent && (session.ended ?? answered) >= answered
            }
    }

    private var supersedeFaults: [String] {
        sessionsOfClient.values.flatMap { places -> [String] in
            let order = places.sorted { course.sessions[$0].generation < course.sessions[$1].generation }
            return zip(order, order.dropFirst()).compactMap { supersedeFault($0, $1) }
        }
    }

    private func supersedeFault(_ old: Int, _ new: Int) -> String? {
        let (older, newer) = (course.sessions[old], course.sessions[new])
        let due = max(older.began, newer.began) + bounds.supersede
        let end = older.ended ?? .seconds(1 << 30)
        guard end > due, (newer.ended ?? due) >= due else { return nil }
        let isExplained = course.disturbances.contains { disturbance in
            !disturbance.breaks.isDisjoint(with: [older.node, newer.node]) && disturbance.from <= due
                && end <= (disturbance.to ?? due) + bounds.supersede
        }
        return isExplained ? nil : "\(words(session: old)) lives on beside \(words(session: new))"
    }

    // MARK: Words

    private func words(_ number: Int) -> String {
        guard course.pushes.indices.contains(number) else { return "push \(number)" }
        let push = course.pushes[number]
        let answer = push.answer.map { "\($0)" } ?? "no answer"
        return "push \(number) (\(push.lane) through \(push.asked ?? "any") to \(push.client), sent \(push.sent), "
            + "answered \(push.answered.map { "\($0)" } ?? "never"): \(answer))"
    }

    private func words(session place: Int) -> String {
        let session = course.sessions[place]
        let end = session.ended.map { "ended \($0), \(session.end.map { "\($0)" } ?? "")" } ?? "open"
        return "session \(session.generation) of \(session.client) on \(session.node) (began \(session.began), \(end))"
    }
}
