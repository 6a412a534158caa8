@testable import CrierCore

/// One schedule: a few nodes, clients and pushes, everything that can go wrong, and then quiet, in which all promises
/// must hold again. Everything follows from the seed.
final class SimulatedWorld {
    var random: SeededRandom
    let time = SimulatedTime()
    private(set) var store: SimulatedStore
    private(set) var network: SimulatedNetwork!
    private(set) var checker: Checker!
    private(set) var nodes: [SimulatedNode] = []
    private(set) var clients: [SimulatedClient] = []
    /// The quiet has lasted.
    private(set) var isSettled = false
    private var waiting: [(place: Int, body: () -> Void)] = []
    private var pushes = 0

    /// What happened, in the order of time; nil: nobody asks.
    private(set) var trace: [String]?

    /// - Parameter isTraced: keeps what happens, for those who replay a seed.
    init(seed: UInt64, isTraced: Bool = false) throws {
        if isTraced { trace = [] }
        random = SeededRandom(seed: seed)
        store = SimulatedStore(time)
        network = SimulatedNetwork(world: self)
        checker = Checker(self)
        store.observe = { [unowned self] in checker.changed($0, by: $1) }
        store.published = { [unowned self] _ in wake() }
        for number in 1...random.number(2...3) { nodes.append(try SimulatedNode("n\(number)", self)) }
        for number in 1...random.number(1...4) {
            let instance = random.chance(80) ? "i\(number)" : ""
            let hasClone = random.chance(15)
            clients.append(try SimulatedClient("c\(number)", instance: instance, hasClone: hasClone, self))
            if hasClone {
                clients.append(try SimulatedClient("c\(number)", instance: "x\(number)", hasClone: true, self))
            }
        }
    }

    /// What went wrong; nil: nothing.
    func run() -> String? {
        expireLeases()
        for client in clients { time.after(random.number(0...2_000_000)) { client.connect() } }
        for _ in 1...random.number(1...2) where checker.failure == nil {
            disturb()
            calm()
        }
        release()
        return checker.failure
    }

    var liveNodes: [SimulatedNode] { nodes.filter { !$0.isDead } }

    func anyReachableNode() -> SimulatedNode? {
        let reachable = nodes.filter(\.isReachable)
        return reachable.isEmpty ? nil : reachable[random.number(0...reachable.count - 1)]
    }

    func note(_ text: @autoclosure () -> String) {
        if trace != nil { trace?.append("\(time.micros) µs: \(text())") }
    }

    // MARK: Chaos

    private func disturb() {
        isSettled = false
        let start = time.micros
        let length = random.number(2...25) * 1_000_000
        network.trouble = random.chance(50) ? random.number(1...40) : 0
        for _ in 0..<random.number(1...8) { time.after(random.number(0...length)) { [self] in misfortune() } }
        for _ in 0..<random.number(2...10) { time.after(random.number(0...length)) { [self] in stir() } }
        for _ in 0..<random.number(2...12) { time.after(random.number(0...length)) { [self] in push() } }
        time.run(until: start + length)
    }

    private func misfortune() {
        let node = nodes[random.number(0...nodes.count - 1)]
        guard !node.isDead else { return restart(node) }
        let length = random.number(100_000...15_000_000)
        let kind = random.number(0...5)
        note("misfortune \(kind) of \(node.name) for \(length)")
        switch kind {
        case 0:
            node.isCutFromStore = true
            time.after(length) { node.isCutFromStore = false }
        case 1:
            node.isCutFromPeers = true
            time.after(length) { node.isCutFromPeers = false }
        case 2:
            // What was put off until the end of an earlier stop stays put off.
            node.pausedUntil = max(node.pausedUntil, time.micros + length)
            for client in clients where client.stream?.node === node && random.chance(70) {
                time.after(random.number(100_000...length)) { client.move() }
            }
        case 3: node.crash()
        case 4: node.isFeedStuck = true
        default: node.openFeed()
        }
    }

    private func restart(_ node: SimulatedNode) {
        guard let place = nodes.firstIndex(where: { $0 === node }),
            let again = try? SimulatedNode(node.name.rawValue, self)
        else { return }
        nodes[place] = again
    }

    private func stir() {
        let client = clients[random.number(0...clients.count - 1)]
        if random.chance(70) { client.move() } else { client.rest() }
    }

    private func push() {
        guard let origin = anyReachableNode() else { return }
        pushes += 1
        let client = clients[random.number(0...clients.count - 1)]
        let push = SimulatedPush(pushes, to: client.id, from: origin) { [unowned self] push, outcome in
            checker.answered(push, outcome)
        }
        origin.later(0) { _ in push.start() }
    }

    // MARK: Quiet

    /// Everything is in reach again; after the stated bounds, all promises are looked at.
    private func calm() {
        network.trouble = 0
        note("quiet")
        // What a stopped process was to do happens when its stop was to end.
        let awake = nodes.map(\.pausedUntil).max() ?? 0
        for node in nodes {
            node.isCutFromStore = false
            node.isCutFromPeers = false
            node.pausedUntil = min(node.pausedUntil, time.micros)
            if node.isFeedStuck, !node.isDead {
                node.isFeedStuck = false
                node.openFeed()
            }
        }
        if nodes.allSatisfy(\.isDead) { restart(nodes[0]) }
        let end = time.micros + 36_000_000
        time.after(awake - time.micros) { [self] in watchRoutes(until: end) }
        // Late requests of the chaos (15 s), leases of the dead (12 s), streams that were left (20 s), then the bound.
        time.run(until: time.micros + 36_000_000)
        isSettled = true
        checker.checkSettled()
        for _ in 0..<4 { push() }
        time.run(until: time.micros + 6_000_000)
    }

    /// Looks ten times a second whether everybody is found.
    private func watchRoutes(until end: Int) {
        checker.checkRoutes()
        guard time.micros < end else { return checker.stopCheckingRoutes() }
        time.after(100_000) { [self] in watchRoutes(until: end) }
    }

    private func expireLeases() {
        store.expireDue()
        time.after(random.number(100_000...1_000_000)) { [self] in expireLeases() }
    }

    // MARK: The feed's wake-up

    /// Calls back when the log has grown beyond `place`, and a delay later; or after a time without news.
    func waitForNews(orAtMost limit: Int, after place: Int, delay: Int, _ body: @escaping () -> Void) {
        if store.log.count > place { return time.after(delay, body) }
        var isCalled = false
        let once = {
            guard !isCalled else { return }
            isCalled = true
            body()
        }
        waiting.append((place, { [time] in time.after(delay, once) }))
        time.after(limit, once)
    }

    private func wake() {
        let woken = waiting
        waiting = []
        for waiter in woken { waiter.body() }
    }

    /// Breaks the cycles between the parts.
    private func release() {
        // Nodes and their sessions know each other, and what is to happen knows all.
        for node in nodes { node.crash() }
        waiting = []
        time.clear()
    }
}
