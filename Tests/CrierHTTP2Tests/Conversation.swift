import NIOCore
import NIOEmbedded

@testable import CrierHTTP2

/// A server connection without a socket, and a peer that writes its frames by hand.
final class Conversation {
    /// What the application saw, in order.
    enum Seen: Equatable {
        case head([String: String])
        case data(String)
        case trailers([String: String])
        case end
        case writable
        case closed(HTTP2Error.Code?)
    }

    final class Recorder: ExchangeReceiver {
        var seen: [Seen] = []
        var truncated = false
        func receivedHead(_ block: HeaderBlock) {
            truncated = block.isTruncated
            seen.append(.head(Self.fields(block)))
        }
        func receivedData(_ bytes: UnsafeRawBufferPointer) {
            let text = String(decoding: bytes, as: UTF8.self)
            // However the bytes were cut, the application sees one text.
            if case .data(let before)? = seen.last {
                seen[seen.count - 1] = .data(before + text)
            } else {
                seen.append(.data(text))
            }
        }
        func receivedTrailers(_ block: HeaderBlock) { seen.append(.trailers(Self.fields(block))) }
        func receivedEnd() { seen.append(.end) }
        func writable() { seen.append(.writable) }
        func closed(_ error: HTTP2Error?) { seen.append(.closed(error?.code)) }

        private static func fields(_ block: HeaderBlock) -> [String: String] {
            var fields: [String: String] = [:]
            block.forEach { fields[String(decoding: $0, as: UTF8.self)] = String(decoding: $1, as: UTF8.self) }
            return fields
        }
    }

    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let connection: HTTP2Connection
    var exchanges: [Exchange] { acceptor.exchanges }
    var recorders: [Recorder] { acceptor.recorders }
    private var received: [UInt8] = []
    private let acceptor = RecordingAcceptor()

    init(limits: HTTP2Limits = .init(), keepalive: KeepaliveConfiguration = .init()) throws {
        channel = EmbeddedChannel(loop: loop)
        connection = HTTP2Connection(
            role: .server, settings: ConnectionSettings(limits: limits, keepalive: keepalive),
            loop: HTTP2Loop(eventLoop: loop),
            isClearText: true, acceptor: acceptor, ageFactor: 1
        )
        try channel.pipeline.syncOperations.addHandler(connection)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        loop.run()
    }

    /// The exchanges so far, which are the caller's then.
    func takeExchanges() -> [Exchange] { acceptor.takeExchanges() }

    deinit {
        _ = acceptor.takeExchanges()
        // Channel and handler hold each other until the channel is closed.
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// Sends the preface and SETTINGS, reads the server's.
    func shakeHands(_ settings: [(UInt16, UInt32)] = []) throws {
        try send(Frame.preface + Frame.settings(settings).bytes + Frame.settingsAck.bytes)
        _ = try frames()
    }

    func send(_ frames: Frame...) throws { try send(frames.flatMap(\.bytes)) }

    func send(_ bytes: [UInt8], inPiecesOf size: Int = .max) throws {
        var start = 0
        while start < bytes.count, channel.isActive {
            let end = start + min(size, bytes.count - start)
            try channel.writeInbound(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        loop.run()
    }

    /// What the server has sent since the last call.
    func frames() throws -> [Frame] {
        loop.run()
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { received += Array(buffer.readableBytesView) }
        return Frame.parse(&received)
    }
}
