import CrierCore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

extension Request {
    /// The whole body, checked for its type and its size before a byte of it is read.
    ///
    /// The type is also what keeps web pages away: a form can be sent to anybody, JSON only after asking.
    func jsonBody(_ channel: any Channel, within timeout: TimeAmount) async throws -> [UInt8] {
        try checkContentType()
        if let length = headers[.contentLength].flatMap(Int.init), length > RESTLimits.bodyBytes {
            throw Problem.bodyTooLarge(length).ending
        }
        if headers[.expect]?.lowercased() == "100-continue" {
            channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
        }
        return try await collect(channel, timeout)
    }

    private func checkContentType() throws(Problem) {
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw Problem(
                .unsupportedMediaType,
                "Content-Encoding \(Excerpt(coding)) is not taken: send the body as it is",
                field: "Content-Encoding"
            )
        }
        let type = headers[.contentType] ?? ""
        let end = type.firstIndex(of: ";") ?? type.endIndex
        let media = type[..<end].lowercased().filter { $0 != " " && $0 != "\t" }
        guard media == "application/json" || (media.hasPrefix("application/") && media.hasSuffix("+json")) else {
            throw Problem(
                .unsupportedMediaType,
                "Content-Type \(Excerpt(type)) is not taken: send Content-Type: application/json",
                field: "Content-Type"
            )
        }
    }

    private func collect(_ channel: any Channel, _ timeout: TimeAmount) async throws -> [UInt8] {
        let deadline = channel.eventLoop.scheduleTask(in: timeout) {
            // Ends the wait for the next part. What still comes is the connection's affair: it is to hear the answer.
            channel.pipeline.fireErrorCaught(BodyTimeout())
        }
        defer { deadline.cancel() }
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= RESTLimits.bodyBytes else {
                    throw Problem.bodyTooLarge(nil).ending
                }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch is BodyTimeout {
            throw Problem.bodyTooSlow(timeout).ending
        }
        return bytes
    }
}

/// The body's time is over.
private struct BodyTimeout: Error {}

extension Problem {
    fileprivate static func bodyTooLarge(_ length: Int?) -> Problem {
        let size = length.map { "the body has \($0) bytes" } ?? "the body is too long"
        return Problem(.contentTooLarge, "\(size): at most \(RESTLimits.bodyBytes) are taken", field: "body")
    }

    fileprivate static func bodyTooSlow(_ timeout: TimeAmount) -> Problem {
        let milliseconds = timeout.nanoseconds / 1_000_000
        return Problem(.requestTimeout, "the body was not whole after \(milliseconds) ms", field: "body")
    }
}
