import CrierHTTP2

/// Header lists that every call shares.
enum ResponseHeads {
    static let grpc = HeaderList(
        [(":status", "200"), ("content-type", "application/grpc")], livesForever: true)

    static let grpcGzip = HeaderList([
        (":status", "200"), ("content-type", "application/grpc"), ("grpc-encoding", "gzip"),
        ("grpc-accept-encoding", "identity,gzip"),
    ])

    static let okTrailers = HeaderList([("grpc-status", "0")], livesForever: true)

    static let unsupportedMediaType = HeaderList([
        (":status", "415"), ("content-type", "text/plain; charset=utf-8"), ("accept-post", "application/grpc"),
    ])

    static let notFound = HeaderList([(":status", "404"), ("content-type", "text/plain; charset=utf-8")])

    /// For a peer that may speak gRPC or not: gRPC's clients take the status in the fields before HTTP's.
    static func fieldsTooLarge(_ status: GRPCStatus) -> HeaderList {
        HeaderList([(":status", "431"), ("content-type", "application/grpc")] + statusFields(status))
    }

    static func initial(_ metadata: Metadata, gzip: Bool) -> HeaderList {
        var fields: [(String, String)] = [
            (":status", "200"), ("content-type", "application/grpc"), ("grpc-accept-encoding", "identity,gzip"),
        ]
        if gzip { fields.append(("grpc-encoding", "gzip")) }
        fields += metadata.fields.map { ($0.name, $0.value) }
        return HeaderList(fields)
    }

    static func trailers(_ status: GRPCStatus) -> HeaderList {
        HeaderList(statusFields(status))
    }

    /// A whole answer in one header block (PROTOCOL-HTTP2.md, "Trailers-Only").
    static func trailersOnly(_ status: GRPCStatus) -> HeaderList {
        HeaderList([(":status", "200"), ("content-type", "application/grpc")] + statusFields(status))
    }

    private static func statusFields(_ status: GRPCStatus) -> [(String, String)] {
        var fields = [("grpc-status", "\(status.code.rawValue)")]
        if !status.message.isEmpty { fields.append(("grpc-message", PercentEncoding.encode(status.message))) }
        return fields + status.metadata.fields.map { ($0.name, $0.value) }
    }
}
