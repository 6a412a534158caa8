import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// One watcher's stream.
///
/// ```
///   received ──▶ opening (a task: the snapshot, the start) ──▶ live ◀──▶ catching up (a task: the log)
///                   └─────────────── reset or status ───────────┴──▶ ended
/// ```
///
/// While it is live it is polled on the connection's loop, and only as long as the client reads: what a slow client
/// leaves unread waits in the store, which bounds it and goes back to its log. An idle watch holds no task and no
/// timer.
final class WatchCall: ServerCallHandler {
    private let call: ServerCall
    private let context: KeyValueContext
    private var requests = OneRequest()
    private var watch: LiveWatch?
    private var form = StoreChangeEncoding.message
    /// What of a large revision is still to be sent.
    private var remainder: ChangeMessages?
    private var isCatchingUp = false
    private var ticket: LoopAnswers.Ticket?
    private var notify: @Sendable () -> Void = {}
    /// Whoever opens the watch, while the client does not read.
    private var sender: CheckedContinuation<Bool, Never>?
    private var stall: Scheduled<Void>?

    init(_ call: ServerCall, _ context: KeyValueContext) {
        self.call = call
        self.context = context
    }

    func received(_ message: UnsafeRawBufferPointer) {
        guard requests.takes(call) else { return }
        do {
            let request = try WatchRequest(unpacking: message)
            form = request.previous ? .messageWithPrevious : .message
            let opening = try WatchOpening(request, context.store(for: Caller(call)), WatchPort(self, call.eventLoop))
            call.runAside { await opening.run() }
        } catch {
            call.finish(GRPCStatus(keyValue: error))
        }
    }

    func receivedEnd() { requests.checkEnd(call) }

    func writable() {
        stall?.cancel()
        stall = nil
        sender.take()?.resume(returning: true)
        pump()
    }

    func closed(_ end: CallEnd) {
        stall?.cancel()
        sender.take()?.resume(returning: false)
        watch = nil
        remainder = nil
        if let ticket { context.answers(on: call.eventLoop).remove(ticket) }
        ticket = nil
    }

    // MARK: Opening

    /// Sends a message; `sender` hears true once there is room for the next, false when nobody listens any more.
    func send(_ message: WatchResponse, _ sender: CheckedContinuation<Bool, Never>) {
        call.send(message)
        guard call.isOpen, !call.isWritable else { return sender.resume(returning: call.isOpen) }
        self.sender = sender
        watchForStall()
    }

    /// From here on the call goes on by itself.
    func begin(_ watch: LiveWatch) {
        guard call.isOpen else { return }
        self.watch = watch
        let answers = context.answers(on: call.eventLoop)
        let ticket = answers.add(self)
        self.ticket = ticket
        notify = { answers.post(.news, to: ticket) }
        pump()
    }

    // MARK: Live

    /// Sends what there is, as long as the client reads.
    private func pump() {
        while call.isOpen, !isCatchingUp, watch != nil {
            guard call.isWritable else { return watchForStall() }
            if let next = remainder?.next() {
                call.send(next)
                continue
            }
            remainder = nil
            switch watch?.poll(orElse: notify) {
            case .event(let event): send(event)
            case .behind: catchUp()
            case .ended(let reset): return end(reset)
            case .waiting, nil: return
            }
        }
    }

    private func send(_ event: StoreWatchEvent) {
        switch event {
        case .progress(let position): call.send(WatchResponse(position: Position(position)))
        case .changes(let set):
            var messages = ChangeMessages(set, form)
            if let only = messages.only { return call.send(only) }
            if let first = messages.next() { call.send(first) }
            remainder = messages
        }
    }

    private func catchUp() {
        guard let watch else { return }
        isCatchingUp = true
        let port = WatchPort(self, call.eventLoop)
        call.runAside {
            await watch.catchUp()
            port.onLoop { $0.caughtUp() }
        }
    }

    private func caughtUp() {
        isCatchingUp = false
        pump()
    }

    // MARK: Ending

    /// A reader who reads nothing holds what is queued for it: not for ever.
    private func watchForStall() {
        guard stall == nil, call.isOpen else { return }
        stall = call.eventLoop.assumeIsolated()
            .scheduleTask(in: context.watchStall) {
                self.stall = nil
                if !self.call.isWritable { self.end(.overflow) }
            }
    }

    func end(_ reset: StoreReset) {
        switch reset {
        case .compacted: end(WatchResponse.Reset.compacted)
        case .epochChanged: end(WatchResponse.Reset.epoch)
        case .closed: call.finish(GRPCStatus(.unavailable, "the key-value store was closed"))
        }
    }

    private func end(_ reset: WatchResponse.Reset) {
        // Whether or not the client ever reads its last message, the store need not wait for it any more.
        watch = nil
        remainder = nil
        call.answer(WatchResponse(reset: reset))
    }

    func end(_ error: KeyValueError) {
        call.finish(GRPCStatus(error))
    }
}

extension WatchCall: AnswerReceiver {
    func hasNews() { pump() }
}
