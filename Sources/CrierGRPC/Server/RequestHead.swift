import CrierHTTP2
import NIOCore

/// What a request's header fields ask for. Never copied: its references would be counted with each call.
struct RequestHead: ~Copyable {
    var isPost = false
    var isGRPC = false
    var usesGzip = false
    var acceptsGzip = false
    var unknownEncoding: String?
    var timeout: TimeAmount?
    var hasBadTimeout = false
    /// Of the server's table.
    var method: Unmanaged<ServerMethod>?
    var metadata = Metadata()

    init(_ block: HeaderBlock, server: Unmanaged<ServerCore>) {
        block.forEach { name, value in
            guard let first = name.first else { return }
            if first == UInt8(ascii: ":") { return readPseudo(name, value, server) }
            if first == UInt8(ascii: "g"), name.starts(with: "grpc-") { return readGRPC(name, value) }
            if name.equals("te") { return }
            if name.equals("content-type") {
                isGRPC = value.starts(with: "application/grpc") && !value.starts(with: "application/grpc-web")
                return
            }
            metadata.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    private mutating func readPseudo(
        _ name: HeaderBlock.Bytes, _ value: HeaderBlock.Bytes, _ server: Unmanaged<ServerCore>
    ) {
        if name.equals(":path") {
            method = server._withUnsafeGuaranteedRef { $0.methods.find(value) }
        } else if name.equals(":method") {
            isPost = value.equals("POST")
        }
    }

    private mutating func readGRPC(_ name: HeaderBlock.Bytes, _ value: HeaderBlock.Bytes) {
        if name.equals("grpc-timeout") {
            timeout = Timeout.parse(value)
            hasBadTimeout = timeout == nil
        } else if name.equals("grpc-encoding") {
            usesGzip = value.equals("gzip")
            if !usesGzip, !value.equals("identity") { unknownEncoding = String(decoding: value, as: UTF8.self) }
        } else if name.equals("grpc-accept-encoding") {
            let accepted = String(decoding: value, as: UTF8.self)
            acceptsGzip = accepted.split(separator: ",").contains { $0.drop { $0 == " " } == "gzip" }
        } else {
            metadata.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}
