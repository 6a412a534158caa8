import CrierGRPC
import CrierHTTP2
import NIOCore
import NIOPosix

/// One HTTP/2 request of our own client below gRPC, and what came of it.
enum RawCall {
    /// A response as HTTP/2 had it; `error` when the stream did not end as agreed.
    struct Response: Sendable {
        var fields: [String: String] = [:]
        var error: HTTP2Error.Code?
    }

    private final class Receiver: ExchangeReceiver {
        private var response = Response()
        private let onClose: (Response) -> Void

        init(_ onClose: @escaping (Response) -> Void) { self.onClose = onClose }

        func receivedHead(_ block: HeaderBlock) { note(block) }
        func receivedData(_ bytes: UnsafeRawBufferPointer) {}
        func receivedTrailers(_ block: HeaderBlock) { note(block) }
        func receivedEnd() {}
        func writable() {}
        func closed(_ error: HTTP2Error?) {
            response.error = error?.code
            onClose(response)
        }

        private func note(_ block: HeaderBlock) {
            block.forEach { name, value in
                response.fields[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
            }
        }
    }

    /// Opens the call as soon as the connection is ready.
    private final class Asker: HTTP2ConnectionObserver {
        private let head: HeaderList
        private let reads: Bool
        private let answer: EventLoopPromise<Response>
        private var isAsked = false

        init(_ head: HeaderList, reads: Bool, _ answer: EventLoopPromise<Response>) {
            (self.head, self.reads, self.answer) = (head, reads, answer)
        }

        func connectionReady(_ connection: HTTP2Connection) {
            guard !isAsked else { return }
            isAsked = true
            let receiver = Receiver { [answer] response in
                answer.succeed(response)
                connection.close(reason: "done")
            }
            let exchange = connection.open(head, receiver: receiver)
            if !reads { exchange?.pauseReceiving() }
            exchange?.sendEnd()
        }
        func connectionHasRoom(_ connection: HTTP2Connection) {}
        func connectionDraining(_ connection: HTTP2Connection) {}
        func connectionClosed(_ connection: HTTP2Connection, error: HTTP2Error?) { answer.fail(ChannelError.eof) }
    }

    /// Sends `fields` without a body.
    /// - Parameter reads: Whether the response's bytes are taken; otherwise the windows fill.
    static func ask(_ server: GRPCServer, _ fields: [(String, String)], reads: Bool = true) async throws -> Response {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let port = server.localPort
        let answer = loop.makePromise(of: Response.self)
        let observer = NIOLoopBoundBox<Asker?>.makeBoxSendingValue(nil, eventLoop: loop)
        loop.execute {
            let asker = Asker(HeaderList(fields), reads: reads, answer)
            observer.value = asker
            let connector = HTTP2Connector(group: loop, configuration: .init())
            _ = connector.connect(host: "127.0.0.1", port: port, on: loop, observer: asker)
        }
        let response = try await answer.futureResult.get()
        withExtendedLifetime(observer) {}
        return response
    }
}
