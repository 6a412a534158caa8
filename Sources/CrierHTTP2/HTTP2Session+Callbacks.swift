import CNGHTTP2
import NIOCore

/// The callbacks of all sessions. Each records an event with the connection and returns. Into a session they call to
/// look for a stream and to mark it as an exchange's, and for trailers, which nghttp2 documents as allowed from the
/// read callback.
final class SessionCallbacks: Sendable {
    static let shared = SessionCallbacks()

    // Made once in `init`; nghttp2 only reads it afterwards.
    nonisolated(unsafe) let handle: OpaquePointer?

    private init() {
        var callbacks: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, Self.beginFrame)
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Self.beginHeaders)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, Self.header)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Self.frameReceived)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Self.dataReceived)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Self.streamClosed)
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, Self.invalidFrame)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Self.frameSent)
        nghttp2_session_callbacks_set_send_data_callback(callbacks, Self.sendData)
        nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, Self.dataLength)
        handle = callbacks
    }

    /// The connection behind a callback's context. It owns the session, so it lives for the whole call: no reference is
    /// counted, at about twenty callbacks for each push.
    private static func withConnection<R>(_ context: UnsafeMutableRawPointer?, _ body: (HTTP2Connection) -> R) -> R {
        Unmanaged<HTTP2Connection>.fromOpaque(context!)._withUnsafeGuaranteedRef(body)
    }

    /// The stream's exchange. The connection keeps it alive until it has acted on the stream's `closed` event.
    ///
    /// What comes of a unary call, and the end of each, comes in one piece: only the first has nghttp2 look for the
    /// stream.
    private static func exchange(
        _ session: OpaquePointer?, _ streamID: Int32, _ connection: HTTP2Connection
    ) -> HTTP2Event.Subject? {
        if let latest = connection.latestStream, latest.id == streamID { return latest.exchange }
        guard let found = nghttp2_session_get_stream_user_data(session, streamID) else { return nil }
        let exchange = HTTP2Event.Subject.fromOpaque(found)
        connection.latestStream = (streamID, exchange)
        return exchange
    }

    // MARK: Receiving

    private static let beginHeaders: nghttp2_on_begin_headers_callback = { session, frame, context in
        withConnection(context) { connection in
            connection.recorder.beginBlock()
            guard frame!.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return }
            let streamID = frame!.pointee.hd.stream_id
            let exchange = connection.makeExchange(streamID: streamID)
            nghttp2_session_set_stream_user_data(session, streamID, exchange.toOpaque())
            connection.latestStream = (streamID, exchange)
        }
        return 0
    }

    /// Frames that nghttp2 passes over in silence.
    private static let beginFrame: nghttp2_on_begin_frame_callback = { _, header, context in
        let type = nghttp2_frame_type(UInt32(header!.pointee.type))
        if type == NGHTTP2_PRIORITY || type.rawValue > NGHTTP2_CONTINUATION.rawValue {
            withConnection(context) { $0.record(.controlFrame) }
        }
        return 0
    }

    private static let header: nghttp2_on_header_callback = {
        _, _, name, nameLength, value, valueLength, _, context in
        withConnection(context) { connection in
            connection.recorder.append(
                name: UnsafeBufferPointer(start: name, count: nameLength),
                value: UnsafeBufferPointer(start: value, count: valueLength),
                limit: connection.headerByteLimit
            )
        }
        return 0
    }

    private static let frameReceived: nghttp2_on_frame_recv_callback = { session, frame, context in
        withConnection(context) { received(frame!, session, $0) }
        return 0
    }

    private static func received(
        _ frame: UnsafePointer<nghttp2_frame>, _ session: OpaquePointer?, _ connection: HTTP2Connection
    ) {
        let header = frame.pointee.hd
        let ends = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        let isAck = header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0
        switch nghttp2_frame_type(UInt32(header.type)) {
        case NGHTTP2_DATA:
            if header.length == 0, !ends { connection.record(.emptyData) }
            if ends, let exchange = exchange(session, header.stream_id, connection) {
                connection.record(.ended(exchange))
            }
        case NGHTTP2_HEADERS:
            guard let exchange = exchange(session, header.stream_id, connection) else { break }
            connection.recorder.endBlock(of: exchange)
            if ends { connection.record(.ended(exchange)) }
        case NGHTTP2_SETTINGS:
            connection.record(isAck ? .controlFrame : .settings)
        case NGHTTP2_PING:
            connection.record(isAck ? .pingAcknowledged : .ping)
        case NGHTTP2_GOAWAY:
            let goAway = frame.pointee.goaway
            let debug = UnsafeBufferPointer(start: goAway.opaque_data, count: min(goAway.opaque_data_len, 256))
            connection.recorder.goAwayText = Array(debug)
            connection.record(.goAway(errorCode: goAway.error_code))
        case NGHTTP2_WINDOW_UPDATE:
            connection.record(.windowUpdate)
        case NGHTTP2_RST_STREAM:
            connection.record(.controlFrame)
        default:
            break
        }
    }

    private static let dataReceived: nghttp2_on_data_chunk_recv_callback = {
        session, _, streamID, data, count, context in
        withConnection(context) { connection in
            guard let exchange = exchange(session, streamID, connection) else {
                return connection.recordOrphanData(count)
            }
            connection.record(.data(exchange, UnsafeRawBufferPointer(start: data, count: count)))
        }
        return 0
    }

    private static let streamClosed: nghttp2_on_stream_close_callback = { session, streamID, errorCode, context in
        withConnection(context) { connection in
            guard let exchange = exchange(session, streamID, connection) else { return }
            connection.latestStream = nil
            exchange._withUnsafeGuaranteedRef { $0.isOnWire = false }
            connection.record(.closed(exchange, errorCode: errorCode))
        }
        return 0
    }

    private static let invalidFrame: nghttp2_on_invalid_frame_recv_callback = { _, _, _, context in
        withConnection(context) { $0.record(.invalidFrame) }
        return 0
    }

    // MARK: Sending

    private static let frameSent: nghttp2_on_frame_send_callback = { session, frame, context in
        let header = frame!.pointee.hd
        let type = nghttp2_frame_type(UInt32(header.type))
        guard type == NGHTTP2_DATA || type == NGHTTP2_HEADERS else { return 0 }
        withConnection(context) { connection in
            type == NGHTTP2_DATA ? connection.sentDataFrame() : connection.sentHeadersFrame()
            guard header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0, connection.role == .server,
                let exchange = exchange(session, header.stream_id, connection),
                exchange._withUnsafeGuaranteedRef({ !$0.hasReceivedEnd })
            else { return }
            connection.record(.endSent(exchange))
        }
        return 0
    }

    private static let dataLength: nghttp2_data_source_read_length_callback = {
        _, _, _, connectionWindow, streamWindow, peerMaximum, context in
        let limit = withConnection(context) { $0.dataFrameByteLimit }
        return min(Int(min(connectionWindow, streamWindow)), Int(peerMaximum), limit)
    }

    /// Says how many bytes the next DATA frame has; they are written by `sendData`.
    static let readData: nghttp2_data_source_read_callback = { session, _, _, length, flags, source, context in
        Unmanaged<Exchange>.fromOpaque(source!.pointee.ptr)
            ._withUnsafeGuaranteedRef { exchange in
                let queued = exchange.outbound.byteCount
                let count = queued <= length ? queued : frameSize(exchange, length, context)
                guard exchange.isEndQueued, count == queued else {
                    guard count > 0 else {
                        exchange.isDeferred = true
                        if exchange.stream == nil {
                            let stream = nghttp2_session_find_stream(session, exchange.streamID)
                            exchange.stream = stream.map { UnsafeRawPointer($0) }
                        }
                        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
                    }
                    flags!.pointee |= UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
                    return count
                }
                flags!.pointee |= UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue) | UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
                if let trailers = exchange.queuedTrailers {
                    flags!.pointee |= UInt32(NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue)
                    _ = trailers.withFields { nghttp2_submit_trailer(session, exchange.streamID, $0, $1) }
                }
                return count
            }
    }

    private static func frameSize(_ exchange: Exchange, _ limit: Int, _ context: UnsafeMutableRawPointer?) -> Int {
        withConnection(context) { exchange.outbound.frameSize(limit: limit, takesSlices: $0.takesSlices) }
    }

    private static let sendData: nghttp2_send_data_callback = { _, _, frameHeader, length, source, context in
        Unmanaged<Exchange>.fromOpaque(source!.pointee.ptr)
            ._withUnsafeGuaranteedRef { exchange in
                withConnection(context) { $0.writeDataFrame(exchange, header: frameHeader!, count: length) }
            }
    }
}
