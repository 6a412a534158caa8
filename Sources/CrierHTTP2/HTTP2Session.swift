import CNGHTTP2

/// One nghttp2 session: bytes in, events out, bytes out. Does no I/O and calls nobody back.
///
/// The owner passes itself as `context`; callbacks (see `HTTP2Session+Callbacks.swift`) record events there.
struct HTTP2Session: ~Copyable {
    enum Role: Sendable { case server, client }

    /// nghttp2's word that something is wrong with the session itself.
    struct Failure: Error {
        var code: Int32
        var message: String { String(cString: nghttp2_strerror(code)) }
        /// The peer's first bytes were not HTTP/2.
        var isBadClientMagic: Bool { code == NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue }
    }

    private let handle: OpaquePointer
    // The allocator outlives the session: `deinit` below frees into it.
    private let slab: SendBufferSlab
    private let sendBuffer: SendBufferSlab.Lease?

    /// - Parameter context: The `HTTP2Connection` that owns the session, unretained.
    init(role: Role, context: UnsafeMutableRawPointer, limits: HTTP2Limits, slab: SendBufferSlab) throws(Failure) {
        handle = try Self.make(role, context, limits, slab)
        self.slab = slab
        sendBuffer = slab.latest
    }

    deinit { nghttp2_session_del(handle) }

    // MARK: Bytes

    /// Feeds received bytes. Throws when the connection cannot go on.
    borrowing func receive(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let base = bytes.bindMemory(to: UInt8.self).baseAddress
        let taken = nghttp2_session_mem_recv(handle, base, bytes.count)
        guard taken >= 0 else { throw Failure(code: Int32(taken)) }
    }

    /// The next bytes to send that nghttp2 made itself, valid until the next call; nil when there is nothing, or when
    /// the data callback asked to pause.
    borrowing func nextOutput() throws(Failure) -> UnsafeRawBufferPointer? {
        var pointer: UnsafePointer<UInt8>?
        let count = nghttp2_session_mem_send(handle, &pointer)
        guard count >= 0 else { throw Failure(code: Int32(count)) }
        return count == 0 ? nil : UnsafeRawBufferPointer(start: pointer, count: count)
    }

    /// Gives the send buffer's memory back until the next frame; its content means nothing between two.
    borrowing func releaseSendBuffer() {
        if let sendBuffer { slab.giveBack(sendBuffer) }
    }

    /// What sending a frame touches of nghttp2's session: queues in front, windows and flags at the end (measured).
    func prefetch() {
        let session = UnsafeRawPointer(handle)
        Prefetch.memory(session, bytes: 0..<768)
        Prefetch.memory(session, bytes: 2368..<2496)
        Prefetch.memory(session, bytes: 2752..<2928)
        if let slot = sendBuffer?.slot { Prefetch.memory(slot, bytes: 0..<64) }
    }

    /// There are frames to send, and windows that let them go.
    var wantsWrite: Bool { nghttp2_session_want_write(handle) != 0 }

    /// Nothing more will come and nothing more will go: the connection can be closed.
    var isDone: Bool { nghttp2_session_want_read(handle) == 0 && nghttp2_session_want_write(handle) == 0 }

    // MARK: Streams

    /// Begins a response; with `body`, nghttp2 asks the exchange for data.
    borrowing func submitResponse(_ exchange: Exchange, _ head: HeaderList, body: Bool) -> Bool {
        head.withFields { fields, count in
            guard body else { return nghttp2_submit_response(handle, exchange.streamID, fields, count, nil) == 0 }
            var provider = Self.provider(for: exchange)
            return nghttp2_submit_response(handle, exchange.streamID, fields, count, &provider) == 0
        }
    }

    /// Opens a stream as a client. Returns its id, or nil when the ids are used up.
    borrowing func submitRequest(_ exchange: Exchange, _ head: HeaderList) -> Int32? {
        let pointer = Unmanaged.passUnretained(exchange).toOpaque()
        let id = head.withFields { fields, count in
            var provider = Self.provider(for: exchange)
            return nghttp2_submit_request(handle, nil, fields, count, &provider, pointer)
        }
        return id > 0 ? id : nil
    }

    borrowing func resumeData(_ streamID: Int32) {
        _ = nghttp2_session_resume_data(handle, streamID)
    }

    borrowing func reset(_ streamID: Int32, _ code: HTTP2Error.Code) {
        _ = nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), streamID, code.rawValue)
    }

    /// Gives the peer credit for bytes that the application took.
    borrowing func consumeStream(_ streamID: Int32, _ count: Int) {
        _ = nghttp2_session_consume_stream(handle, streamID, count)
    }

    borrowing func consumeConnection(_ count: Int) {
        _ = nghttp2_session_consume_connection(handle, count)
    }

    /// Lets this stream yield to others (RFC 9218: lower urgency, incremental).
    borrowing func makeBulk(_ streamID: Int32) {
        var priority = nghttp2_extpri(urgency: 6, inc: 1)
        _ = nghttp2_session_change_extpri_stream_priority(handle, streamID, &priority, 1)
    }

    // MARK: Connection

    borrowing func submitPing() {
        _ = nghttp2_submit_ping(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    /// The first of the two GOAWAYs of a graceful end (RFC 9113 §6.8).
    borrowing func submitShutdownNotice() {
        _ = nghttp2_submit_shutdown_notice(handle)
    }

    /// The last GOAWAY; streams that are already open go on.
    borrowing func submitGoAway(_ code: HTTP2Error.Code, debugData: String) {
        let last = nghttp2_session_get_last_proc_stream_id(handle)
        var debug = Array(debugData.utf8)
        _ = debug.withUnsafeMutableBufferPointer {
            nghttp2_submit_goaway(
                handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code.rawValue, $0.baseAddress, $0.count
            )
        }
    }

    /// How many more streams the peer lets us open now.
    borrowing func remainingStreams(open: Int) -> Int {
        let allowed = nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
        return max(0, Int(allowed) - open)
    }

    // MARK: Making one

    private static func make(
        _ role: Role, _ context: UnsafeMutableRawPointer, _ limits: HTTP2Limits, _ slab: SendBufferSlab
    ) throws(Failure) -> OpaquePointer {
        var created: OpaquePointer?
        let callbacks = SessionCallbacks.shared.handle
        let status = withOptions(limits) { options in
            slab.withAllocator { memory in
                switch role {
                case .server: nghttp2_session_server_new3(&created, callbacks, context, options, memory)
                case .client: nghttp2_session_client_new3(&created, callbacks, context, options, memory)
                }
            }
        }
        guard status == 0, let created else { throw Failure(code: status) }
        let submitted = submitSettings(created, role, limits)
        guard submitted == 0 else {
            nghttp2_session_del(created)
            throw Failure(code: submitted)
        }
        return created
    }

    private static func provider(for exchange: Exchange) -> nghttp2_data_provider {
        var provider = nghttp2_data_provider()
        provider.source.ptr = Unmanaged.passUnretained(exchange).toOpaque()
        provider.read_callback = SessionCallbacks.readData
        return provider
    }

    private static func withOptions<R>(_ limits: HTTP2Limits, _ body: (OpaquePointer?) -> R) -> R {
        var options: OpaquePointer?
        nghttp2_option_new(&options)
        defer { nghttp2_option_del(options) }
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        nghttp2_option_set_server_fallback_rfc7540_priorities(options, 0)
        let resets = limits.streamResets
        nghttp2_option_set_stream_reset_rate_limit(options, UInt64(resets.burst), UInt64(resets.perSecond))
        nghttp2_option_set_max_continuations(options, limits.continuations)
        return body(options)
    }

    private static func submitSettings(_ handle: OpaquePointer, _ role: Role, _ limits: HTTP2Limits) -> Int32 {
        var settings = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                value: role == .server ? limits.concurrentStreams : 0
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(limits.streamWindow)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), value: UInt32(limits.headerBytes)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_FRAME_SIZE.rawValue), value: UInt32(limits.dataFrameBytes)
            ),
            nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), value: 1),
        ]
        if role == .client {
            settings.append(nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
        }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        let status = nghttp2_submit_settings(handle, none, &settings, settings.count)
        guard status == 0 else { return status }
        return nghttp2_session_set_local_window_size(handle, none, 0, limits.connectionWindow)
    }
}
