import CrierHTTP2

/// Reads a response's header blocks: gRPC's where there are some, plain HTTP's where a proxy answered.
struct ResponseReader {
    private var httpStatus: String?
    private(set) var usesGzip = false
    private(set) var initialMetadata = Metadata()
    private(set) var status: GRPCStatus?

    var isHTTPOK: Bool { httpStatus == "200" }

    /// A trailers-only answer carries its status in the only header block.
    mutating func readHead(_ block: HeaderBlock) {
        var reader = self
        block.forEach { name, value in
            if name.equals(":status") {
                reader.httpStatus = String(decoding: value, as: UTF8.self)
            } else if name.equals("grpc-encoding") {
                reader.usesGzip = value.equals("gzip")
            } else if name.first != UInt8(ascii: ":") {
                reader.initialMetadata.add(
                    String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
        }
        self = reader
        readStatus(block)
    }

    mutating func readStatus(_ block: HeaderBlock) {
        var code: GRPCStatus.Code?
        var message = ""
        var metadata = Metadata()
        block.forEach { name, value in
            if name.equals("grpc-status") {
                let number = UInt8(String(decoding: value, as: UTF8.self))
                code = number.flatMap(GRPCStatus.Code.init(rawValue:)) ?? .unknown
            } else if name.equals("grpc-message") {
                message = PercentEncoding.decode(String(decoding: value, as: UTF8.self))
            } else if name.first != UInt8(ascii: ":"), !name.equals("content-type") {
                metadata.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
        }
        if let code { status = GRPCStatus(code, message, metadata: metadata) }
    }

    /// The status, or what its absence means (http-grpc-status-mapping.md).
    var finalStatus: GRPCStatus {
        if let status { return status }
        let code: GRPCStatus.Code
        switch httpStatus {
        case "200": return GRPCStatus(.unknown, "the answer ended without a status")
        case "400": code = .internalError
        case "401": code = .unauthenticated
        case "403": code = .permissionDenied
        case "404": code = .unimplemented
        case "429", "502", "503", "504": code = .unavailable
        default: code = .unknown
        }
        return GRPCStatus(code, "HTTP status \(httpStatus ?? "missing") instead of a gRPC answer")
    }

    /// What a reset stream or a lost connection means (PROTOCOL-HTTP2.md, "Errors").
    static func status(_ error: HTTP2Error) -> GRPCStatus {
        guard error.origin != .network else { return GRPCStatus(.unavailable, error.message) }
        switch error.code {
        case .refusedStream: return GRPCStatus(.unavailable, "the server refused the stream")
        case .cancel: return GRPCStatus(.cancelled, "the server cancelled the call")
        case .enhanceYourCalm: return GRPCStatus(.resourceExhausted, "the server asks for calm: \(error.message)")
        case .inadequateSecurity: return GRPCStatus(.permissionDenied, "the connection's security is inadequate")
        default: return GRPCStatus(.internalError, error.description)
        }
    }
}
