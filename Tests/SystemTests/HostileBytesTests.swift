import Foundation
import Glibc
import Testing

/// The preface of HTTP/2 and an empty SETTINGS frame: a connection that has begun properly.
private let opening: [UInt8] = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

extension RealProcesses {
    @Suite("Hostile bytes")
    struct HostileBytes {
        @Test("A peer that never finishes its greeting is let go, and disturbs nobody")
        func silence() async throws {
            let beginnings = [[], Array("PRI * HT".utf8), Array(opening.dropLast(4))]
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let sockets = try beginnings.map { _ in try RawSocket(gateway.grpc) }
                for (socket, bytes) in zip(sockets, beginnings) { socket.send(bytes) }
                _ = try await Agent.start(scenario, gateway, id: "a")
                for (socket, bytes) in zip(sockets, beginnings) {
                    try await withDeadline(.patience, "the gateway closes after \(bytes.count) bytes") {
                        await socket.untilClosed()
                    }
                }
            }
        }

        @Test("Half a frame and then silence: the connection holds nothing but itself, and others are served")
        func halfAFrame() async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let sockets = try (0..<50).map { _ in try RawSocket(gateway.grpc) }
                // A HEADERS frame that promises 16,384 bytes and brings three.
                for socket in sockets { socket.send(opening + [0, 0x40, 0, 1, 4, 0, 0, 0, 1, 0x82, 0x86, 0x84]) }
                _ = try await Agent.start(scenario, gateway, id: "a")
                try await push(scenario, gateway, ["a", "--text", "undisturbed"])
                #expect(!gateway.program.hasEnded)
            }
        }

        static let noHTTP2: [(String, [UInt8])] = [
            ("HTTP/1.1", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
            ("random bytes", (0..<4096).map { _ in UInt8.random(in: 0...255) }),
            ("a frame of 16 MiB", opening + [0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]),
            ("DATA on stream 0", opening + [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
        ]

        @Test("Bytes that are no HTTP/2 end their connection and nothing else", arguments: noHTTP2)
        func nonsense(_ what: String, _ bytes: [UInt8]) async throws {
            try await Scenario.run { scenario in
                let gateway = try await Gateway.start(scenario)
                let socket = try RawSocket(gateway.grpc)
                socket.send(bytes)
                try await withDeadline(.patience, "the gateway closes after \(what)") { await socket.untilClosed() }
                _ = try await Agent.start(scenario, gateway, id: "a")
            }
        }
    }
}

/// A TCP connection that says what it is told to.
final class RawSocket: Sendable {
    private let descriptor: Int32
    private let received = LineLog()

    /// - Parameter address: 127.0.0.1:PORT.
    init(_ address: String) throws {
        let port = try #require(UInt16(address.split(separator: ":").last ?? ""))
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Unmet(description: "connect \(address): errno \(errno)") }
        Thread { [descriptor, received] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while recv(descriptor, &buffer, buffer.count, 0) > 0 {}
            received.close()
        }
        .start()
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Returns when the other side has closed.
    func untilClosed() async {
        _ = await received.first { _ in false }
    }
}
