import CrierCore
import Hummingbird
import NIOCore
import ServiceLifecycle

/// One reader of the event stream, from its first byte to its last.
///
/// What waits for a reader is bounded twice: the watch holds so much and then goes on from the store's log, and the
/// connection takes so much before a write waits. A reader that takes nothing loses its connection.
struct EventStream: Sendable {
    private let scope: StoreScope
    private let source: Source
    private let slot: StreamSlots.Slot
    private let silence: TimeAmount

    /// What a stream tells.
    enum Source: Sendable {
        /// Changes after a position. `isNew`: the reader did not name it, and is told where it begins.
        case watch(LiveWatch, after: StorePosition, isNew: Bool)
        /// That the position which the reader named does not count any more.
        case reset(StoreReset)
    }

    /// - Parameter silence: After so long without an event, the reader is told where the store is.
    init(_ scope: StoreScope, _ source: Source, _ slot: StreamSlots.Slot, _ silence: TimeAmount) {
        self.scope = scope
        self.source = source
        self.slot = slot
        self.silence = silence
    }

    @concurrent func write(
        _ writer: inout any ResponseBodyWriter,
        _ request: Request,
        on loop: any EventLoop
    ) async throws {
        switch source {
        case .reset(let reset):
            try await writer.write(contentsOf: [StreamEvents.beginning, StreamEvents.reset(reset)])
        case .watch(let watch, let position, let isNew):
            try await writer.write(StreamEvents.beginning)
            if isNew { try await writer.write(StreamEvents.bookmark(position)) }
            let alarm = StreamAlarm(loop)
            defer { alarm.end() }
            var pump = StreamPump(watch: watch, position: position, alarm: alarm, silence: silence)
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await withGracefulShutdownHandler {
                    try await pump.run(&writer)
                } onGracefulShutdown: {
                    alarm.end()
                }
            } onInboundClosed: {
                alarm.end()
            }
        }
        try await writer.finish(nil)
    }
}

/// Moves what a watch has to a connection until one of them ends.
private struct StreamPump {
    var watch: LiveWatch
    /// Everything up to here was written.
    var position: StorePosition
    let alarm: StreamAlarm
    let silence: TimeAmount
    private var lastWritten = NIODeadline.now()

    init(watch: LiveWatch, position: StorePosition, alarm: StreamAlarm, silence: TimeAmount) {
        self.watch = watch
        self.position = position
        self.alarm = alarm
        self.silence = silence
    }

    @concurrent mutating func run(_ writer: inout any ResponseBodyWriter) async throws {
        for await _ in alarm.rings {
            while let events = await take() {
                try await writer.write(contentsOf: events.buffers)
                lastWritten = .now()
                if events.isLast { return }
                if alarm.isOver { break }
            }
            if lastWritten + silence <= .now() {
                try await writer.write(StreamEvents.bookmark(position))
                lastWritten = .now()
            }
        }
        try await writer.write(StreamEvents.farewell)
    }

    private struct Events {
        var buffers: [ByteBuffer] = []
        var bytes = 0
        var isLast = false
    }

    /// What is there now, as much as goes out at once; nil when nothing is.
    private mutating func take() async -> Events? {
        var events = Events()
        while events.bytes < RESTLimits.streamWriteBytes, !events.isLast {
            switch watch.poll(orElse: { [alarm] in alarm.ring() }) {
            case .event(let event):
                position = event.position
                let buffer = event.encoded
                events.bytes += buffer.readableBytes
                events.buffers.append(buffer)
            case .waiting: return events.buffers.isEmpty ? nil : events
            case .behind: await watch.catchUp()
            case .ended(.closed):
                // The store ends with the gateway; whoever comes back goes on where it was.
                events.buffers.append(StreamEvents.farewell)
                events.isLast = true
            case .ended(let reset):
                events.buffers.append(StreamEvents.reset(reset))
                events.isLast = true
            }
        }
        return events
    }
}

extension StoreWatchEvent {
    fileprivate var encoded: ByteBuffer {
        switch self {
        case .changes(let set): StreamEvents.changes(set)
        case .progress(let position): StreamEvents.bookmark(position)
        }
    }
}
