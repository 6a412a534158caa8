import CrierCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Who answers which path. There is no router between: it would decode and normalise paths, in which keys stand.
struct HTTPRoutes: HTTPResponder {
    let metrics: MetricsRegistry
    let isReady: @Sendable () -> Bool
    /// What is not as it should be.
    var trouble: @Sendable () -> String? = { nil }
    let keyValue: KeyValueRoutes?

    @Sendable func respond(to request: Request, context: HTTPContext) async throws -> Response {
        let target = RequestTarget(request.head.path ?? "")
        if target.rest(after: "/v1/") != nil, let keyValue {
            return try await keyValue.respond(to: request, target, context)
        }
        if target.path == "*", request.method == .options {
            return Response(status: .noContent, headers: [.allow: "GET, HEAD, PUT, DELETE, POST, OPTIONS"])
        }
        guard let page = page(of: target.path) else {
            return Problem(.notFound, "there is nothing at \(Excerpt(target.path))").response
        }
        switch request.method {
        case .get, .head: return page(request.method == .head)
        case .options: return Response(status: .noContent, headers: [.allow: "GET, HEAD, OPTIONS"])
        default: return Problem.notAllowed(request.method, allowed: ["GET", "HEAD", "OPTIONS"]).response
        }
    }

    /// What operators ask for.
    private func page(of path: Substring) -> ((_ isHead: Bool) -> Response)? {
        switch path {
        case "/healthz": { Self.text("ok\n", isHead: $0) }
        case "/readyz":
            { isHead in
                let words = trouble().map { "; \($0)" } ?? ""
                return isReady()
                    ? Self.text("ready\(words)\n", isHead: isHead)
                    : Self.text("not ready\(words)\n", .serviceUnavailable, isHead: isHead)
            }
        case "/metrics":
            { Self.text(metrics.exposition(), type: "text/plain; version=0.0.4; charset=utf-8", isHead: $0) }
        default: nil
        }
    }

    private static func text(
        _ body: String,
        _ status: HTTPResponse.Status = .ok,
        type: String = "text/plain; charset=utf-8",
        isHead: Bool
    ) -> Response {
        let response = Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
        return isHead ? response.createHeadResponse() : response
    }
}

extension Problem {
    static func notAllowed(_ method: HTTPRequest.Method, allowed: [String]) -> Problem {
        let allowed = allowed.joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "method \(method.rawValue) is not allowed here: \(allowed) are")
        problem.headers[.allow] = allowed
        return problem
    }
}
