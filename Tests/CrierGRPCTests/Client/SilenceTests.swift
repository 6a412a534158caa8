import CrierHTTP2
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import CrierGRPC

@Suite("A call that may not be silent")
struct SilenceTests {
    private final class Ending: ClientCallHandler {
        private let ended = Mutex<GRPCStatus?>(nil)

        var status: GRPCStatus? { ended.withLock { $0 } }

        func received(_ message: UnsafeRawBufferPointer) {}
        func writable() {}
        func closed(_ status: GRPCStatus) { ended.withLock { $0 = status } }
    }

    private let loop = EmbeddedEventLoop()
    private let ending = Ending()

    private func begin(_ silence: Duration?) -> ClientCall {
        let call = ClientCall(
            path: "/a/B", options: CallOptions(silence: silence), limits: GRPCLimits(), deadline: nil, handler: ending)
        let connector = HTTP2Connector(group: loop, configuration: ChannelConfiguration().http2)
        let target = HostPort(host: "127.0.0.1", port: 1)
        call.begin(
            on: ChannelCore(
                targets: [target], configuration: ChannelConfiguration(), connector: connector, eventLoop: loop),
            loop)
        return call
    }

    @Test("It ends as UNAVAILABLE when not a byte came for so long; every byte begins the time anew")
    func silent() {
        let call = begin(.seconds(30))
        for _ in 0..<3 {
            loop.advanceTime(by: .seconds(29))
            withUnsafeBytes(of: UInt8(0)) { call.receivedData($0) }
        }
        loop.advanceTime(by: .seconds(29))
        #expect(ending.status == nil)
        loop.advanceTime(by: .seconds(1))
        #expect(ending.status?.code == .unavailable)
        #expect(ending.status?.message.contains("30000 ms") == true)
    }

    @Test("Time in which nobody reads does not count")
    func paused() {
        let call = begin(.seconds(30))
        call.pauseReceiving()
        loop.advanceTime(by: .seconds(300))
        call.resumeReceiving()
        loop.advanceTime(by: .seconds(29))
        #expect(ending.status == nil)
        loop.advanceTime(by: .seconds(30))
        #expect(ending.status?.code == .unavailable)
    }

    @Test("A call that may be silent stays")
    func unlimited() {
        let call = begin(nil)
        loop.advanceTime(by: .hours(24))
        #expect(ending.status == nil)
        call.end(GRPCStatus(.cancelled, "enough"))
    }
}
