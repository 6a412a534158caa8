import CrierCore
import NIOCore
import NIOEmbedded
import Synchronization

/// A gateway on loops whose time the test moves by hand.
///
/// Takes itself apart when the test is over: sessions that stay open, and timers of loops that never end, would look
/// like leaks to the address sanitizer.
final class TestGateway {
    let loops: [EmbeddedEventLoop]
    let encoder = TestEncoder()
    let observer = TestObserver()
    let gateway: Gateway
    private var handles: [SessionHandle] = []
    /// What the wall clock says at first.
    static let wallTime: Int64 = 1_700_000_000_000
    private let wall = TestWallClock(TestGateway.wallTime)
    /// What it says now.
    var wallClock: Int64 {
        get { wall.milliseconds }
        set { wall.milliseconds = newValue }
    }

    init(
        loops count: Int = 1,
        settings: GatewaySettings = GatewaySettings(),
        files: any FileNoticeSource = NoFiles(),
        cluster: ClusterRouting? = nil
    ) throws {
        loops = (0..<count).map { _ in EmbeddedEventLoop() }
        gateway = Gateway(
            node: try NodeID(validating: "node-1"),
            eventLoops: loops,
            encoder: encoder,
            generations: BootGenerations(bootNumber: 1),
            environment: GatewayEnvironment(wallClock: { [wall] in wall.milliseconds }),
            settings: settings,
            files: files,
            cluster: cluster,
            presence: observer,
            fileStatus: observer
        )
    }

    deinit {
        for handle in handles { handle.detach() }
        settle()
        for loop in loops { try? loop.syncShutdownGracefully() }
    }

    /// A test that reads `loop.now` must import NIOEmbedded: without, Swift takes `EventLoop`'s own, the real clock.
    var loop: EmbeddedEventLoop { loops[0] }

    /// Lets time pass on all loops alike, in steps, so that none runs ahead of another for long.
    func advance(by time: TimeAmount) {
        let step = TimeAmount.milliseconds(50)
        var left = time
        while left > .zero {
            for loop in loops { loop.advanceTime(by: min(step, left)) }
            left = left - step
        }
        settle()
    }

    /// Empties all inboxes, and what that put into others.
    func settle() {
        for _ in 0..<4 { for loop in loops { loop.run() } }
    }

    func connect(
        _ id: String,
        instance: String = "",
        attempt: UInt64 = 0,
        labels: [Label] = [],
        lastSession: SessionID? = nil,
        on index: Int = 0
    ) throws -> Connected {
        let outlet = TestOutlet(encoder)
        let registration = try Registration(
            client: try ClientID(validating: id),
            labels: labels,
            instance: try InstanceID(validating: instance),
            attempt: attempt,
            agentVersion: "test/1",
            lastSession: lastSession
        )
        let handle = try gateway.attach(registration, outlet: outlet, on: loops[index])
        handles.append(handle)
        return Connected(handle: handle, outlet: outlet, test: self)
    }

    struct Connected {
        let handle: SessionHandle
        let outlet: TestOutlet
        /// Keeps the gateway for as long as anybody looks at its client.
        let test: TestGateway
    }

    /// Pushes a text and returns who hears of the result.
    @discardableResult
    func push(
        _ text: String,
        to id: String,
        from index: Int = 0,
        waitFor: PushRequest.Stage = .written,
        deadline: NIODeadline? = nil
    ) throws -> TestCaller {
        var request = PushRequest(client: try ClientID(validating: id), content: .text(text))
        request.waitFor = waitFor
        request.deadline = deadline
        return try push(request, from: index)
    }

    func push(_ request: PushRequest, from index: Int = 0) throws -> TestCaller {
        let caller = TestCaller()
        try gateway.push(request, on: loops[index], caller: caller, tag: 7)
        return caller
    }
}

/// The time of day, as the test says it.
final class TestWallClock: Sendable {
    private let now: Atomic<Int64>

    init(_ milliseconds: Int64) { now = Atomic(milliseconds) }

    var milliseconds: Int64 {
        get { now.load(ordering: .relaxed) }
        set { now.store(newValue, ordering: .relaxed) }
    }
}

/// Hears of the result of its pushes.
final class TestCaller: PushCaller {
    private(set) var results: [PushResult] = []
    private(set) var tags: [UInt64] = []

    func pushed(_ result: PushResult, tag: UInt64) {
        results.append(result)
        tags.append(tag)
    }

    var outcome: PushResult.Outcome? { results.last?.outcome }
}

/// Remembers who came, who went, and what files they reported.
final class TestObserver: PresenceObserver, FileStatusObserver {
    private let log = Mutex<(presence: [PresenceEvent], files: [FileStatus])>(([], []))

    func changed(_ event: PresenceEvent) { log.withLock { $0.presence.append(event) } }
    func reported(_ status: FileStatus, by client: ClientID) { log.withLock { $0.files.append(status) } }

    var presence: [PresenceEvent] { log.withLock { $0.presence } }
    var files: [FileStatus] { log.withLock { $0.files } }
    var kinds: [PresenceEvent.Kind] { presence.map(\.kind) }
}
