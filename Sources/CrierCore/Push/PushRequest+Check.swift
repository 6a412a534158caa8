extension PushRequest {
    /// Throws INVALID_ARGUMENT or UNIMPLEMENTED naming the field that cannot be served.
    func check() throws(GatewayError) {
        if isDurable { throw .notBuilt("durable", "durable messages") }
        if !idempotencyKey.isEmpty { throw .notBuilt("idempotency_key", "idempotency keys") }
        guard timeToLiveMilliseconds >= 0 else {
            throw GatewayError(
                .invalidArgument,
                field: "ttl_ms",
                "ttl_ms is \(timeToLiveMilliseconds); 0 (for ever) or more milliseconds are allowed"
            )
        }
        if !collapseKey.isEmpty {
            try GatewayError.check("collapse_key", collapseKey, atMost: Limits.collapseKeyBytes)
        }
        if !traceParent.isEmpty {
            try GatewayError.check("traceparent", traceParent, atMost: Limits.traceParentBytes)
        }
        switch content {
        case .event(let type, _):
            try GatewayError.check("event.type", type, atMost: Limits.eventTypeBytes)
        case .fileControl(let control):
            try control.check()
        default:
            break
        }
    }
}

extension FileControl {
    fileprivate func check() throws(GatewayError) {
        do throws(FileStoreError) {
            _ = try FileID(fileID, field: "file_control.file_id")
        } catch {
            throw GatewayError(.invalidArgument, field: "file_control.file_id", error.message)
        }
        guard maximumBytesPerSecond >= 0 else {
            throw GatewayError(
                .invalidArgument,
                field: "file_control.max_bytes_per_second",
                "file_control.max_bytes_per_second is \(maximumBytesPerSecond); 0 (no limit) or more are allowed"
            )
        }
    }
}

extension GatewayError {
    static func notBuilt(_ field: String, _ subject: String) -> GatewayError {
        GatewayError(.unimplemented, field: field, "\(field): \(subject) are not implemented by this version")
    }
}
