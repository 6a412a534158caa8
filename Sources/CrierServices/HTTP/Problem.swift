import HTTPTypes
import Hummingbird
import NIOCore

/// Why a request was not done, as `application/problem+json` (RFC 9457).
struct Problem: Error {
    var status: HTTPResponse.Status
    /// What is wrong, with which value, and what is allowed.
    var detail: String
    /// The member, parameter, header or part of the path that is wrong.
    var field: String?
    /// A word for programs; stays when the sentence changes.
    var code: String?
    /// More members of the answer's object, as JSON.
    var members: [(name: String, json: ByteBuffer)] = []
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ detail: String, field: String? = nil, code: String? = nil) {
        self.status = status
        self.detail = detail
        self.field = field
        self.code = code
    }

    /// 400: something in the request is not as it must be.
    static func wrong(_ detail: String, field: String) -> Problem {
        Problem(.badRequest, detail, field: field, code: "invalid")
    }

    /// The same, but the connection ends with the answer: what else comes on it is not read.
    var ending: Problem {
        var problem = self
        problem.headers[.connection] = "close"
        return problem
    }

    var response: Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// `type` is absent, which RFC 9457 reads as `about:blank`: the title is the status' own.
    var body: ByteBuffer {
        var json = JSONWriter()
        json.object { json in
            json.member("title", status.reasonPhrase)
            json.member("status", Int64(status.code))
            json.member("detail", detail)
            if let field { json.member("field", field) }
            if let code { json.member("code", code) }
            for (name, value) in members { json.member(name, raw: value) }
        }
        return json.buffer
    }
}
