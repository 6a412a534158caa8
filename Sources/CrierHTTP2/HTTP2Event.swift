/// What nghttp2 told us while it took bytes or gave some. Callbacks record these; the connection acts on them
/// afterwards.
///
/// Plain words, without a counted reference: about eight of them are recorded for each unary call. The exchanges live
/// as long as their connection lists them, which is until it has acted on the stream's `closed`, its last event.
enum HTTP2Event {
    typealias Subject = Unmanaged<Exchange>

    /// A whole header block; `fields` lies in the recorder.
    case headers(Subject, fields: Range<Int>, isTruncated: Bool)
    /// Bytes of a DATA frame; they lie in the buffer that is being read.
    case data(Subject, UnsafeRawBufferPointer)
    /// The peer will send no more on this stream.
    case ended(Subject)
    /// Our END_STREAM went out.
    case endSent(Subject)
    /// The stream's queue fell below its low-water mark.
    case drained(Subject)
    /// The stream is gone.
    case closed(Subject, errorCode: UInt32)
    case settings
    case ping
    case pingAcknowledged
    /// Streams above its last stream follow as closed with REFUSED_STREAM: nghttp2 sees to that. The recorder has the
    /// text.
    case goAway(errorCode: UInt32)
    /// A frame that costs us work and the peer nothing.
    case controlFrame
    case emptyData
    case windowUpdate
    /// A frame that nghttp2 answered with RST_STREAM or GOAWAY.
    case invalidFrame
}
