import CrierHTTP2

/// Reads a response's header blocks: gRPC's where there are some, plain HTTP's where a proxy answered.
struct ResponseReader {
    private var httpStatus: String?
    private var hasGRPCContent = false
    /// The content-type where it is not gRPC's.
    private var otherContentType: String?
    private(set) var usesGzip = false
    private(set) var status: GRPCStatus?

    /// The answer is gRPC's (PROTOCOL-HTTP2.md, "Responses"): what follows its head are messages.
    var isGRPC: Bool { hasGRPCContent && httpStatus == "200" }

    /// A trailers-only answer carries its status in the only header block.
    mutating func readHead(_ block: HeaderBlock) {
        var reader = self
        block.forEach { name, value in
            if name.equals(":status") {
                reader.httpStatus = String(decoding: value, as: UTF8.self)
            } else if name.equals("grpc-encoding") {
                reader.usesGzip = value.equals("gzip")
            } else if name.equals("content-type") {
                reader.readContentType(value)
            }
        }
        self = reader
        readStatus(block)
    }

    /// `application/grpc`, alone or with `+` or `;` behind it; not its relatives, such as `application/grpc-web`.
    private mutating func readContentType(_ value: HeaderBlock.Bytes) {
        let next = value.dropFirst("application/grpc".utf8.count).first
        hasGRPCContent =
            value.starts(with: "application/grpc")
            && (next == nil || next == UInt8(ascii: "+") || next == UInt8(ascii: ";"))
        otherContentType = hasGRPCContent ? nil : String(decoding: value, as: UTF8.self)
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
        case "200" where hasGRPCContent: return GRPCStatus(.unknown, "the answer ended without a status")
        case "200":
            let found = otherContentType.map { "content-type \($0)" } ?? "no content-type"
            return GRPCStatus(.unknown, "\(found) instead of application/grpc")
        case "400", "431": code = .internalError
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
