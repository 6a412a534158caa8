import Testing

@testable import CrierCore

@Suite struct SessionTableTests {
    @Test("A route to a session that has ended finds nobody, also when another has its place")
    func reusedPlace() throws {
        let test = try TestGateway()
        let first = try test.connect("one")
        _ = try test.connect("two")
        let route = first.handle.session.route
        let home = first.handle.home
        #expect(home.sessions[route] === first.handle.session)

        first.handle.detach()
        #expect(home.sessions[route] == nil)
        let next = try test.connect("three")
        #expect(next.handle.session.place == route.place)
        #expect(home.sessions[route] == nil)
        #expect(home.sessions[next.handle.session.route] === next.handle.session)
    }

    @Test("What a push will touch is asked for while its session is there, and nothing of one that has ended")
    func prefetch() throws {
        let test = try TestGateway()
        let connected = try test.connect("one")
        let session = connected.handle.session
        let (route, home) = (session.route, connected.handle.home)
        Self.asked = []
        home.sessions.prefetch(route) { Self.asked.append($0) }
        let outlet = try #require(session.outlet)
        let objects: [AnyObject] = [session, outlet]
        #expect(Self.asked == objects.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) })

        connected.handle.detach()
        Self.asked = []
        home.sessions.prefetch(route) { Self.asked.append($0) }
        #expect(Self.asked.isEmpty)
    }

    // A C function has no context.
    private nonisolated(unsafe) static var asked: [UnsafeRawPointer] = []

    @Test("When the last session leaves, the table is empty again and keeps no place")
    func shrinks() {
        var table = SessionTable()
        let places = (0..<100).map { _ in table.reserve() }
        #expect(table.count == 100 && Set(places).count == 100)
        for place in places { table.release(place) }
        #expect(table.isEmpty && table.placeCount == 0)
    }
}
