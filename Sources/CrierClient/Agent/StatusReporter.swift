import CrierMessages

/// Makes few file statuses out of many pull reports: every change of state, and of progress a tenth at a time.
struct StatusReporter: Sendable {
    private struct Last: Sendable {
        var state: FileStatus.State
        var detail: String
        var bytesDone: Int64
        var at: Duration
    }

    private struct Key: Hashable, Sendable {
        var digest: ContentDigest
        var messageID: String
    }

    private var last: [Key: Last] = [:]

    /// The status that is worth sending, if any.
    mutating func status(for report: PullReport, now: Duration) -> FileStatus? {
        let (state, detail) = Self.state(report.phase)
        guard let state else { return nil }
        let key = Key(digest: report.order.digest, messageID: report.order.messageID)
        let next = Last(state: state, detail: detail, bytesDone: report.bytesDone, at: now)
        if let last = last[key], last.state == state, last.detail == detail {
            guard state == .downloading, isWorthIt(next, after: last, of: report.order.size) else { return nil }
        }
        // Bounded by the pulls that are on: an ended one is forgotten.
        if case .ended = report.phase { last[key] = nil } else { last[key] = next }
        return FileStatus(report.order, state, bytesDone: report.bytesDone, detail: detail)
    }

    private func isWorthIt(_ next: Last, after last: Last, of size: Int64) -> Bool {
        next.bytesDone - last.bytesDone >= max(1, size / Limits.progressReportsPerFile)
            || next.at - last.at >= Limits.progressReportInterval
    }

    private static func state(_ phase: PullPhase) -> (FileStatus.State?, String) {
        switch phase {
        case .waiting: (.accepted, "")
        case .proving, .verifying: (nil, "")
        case .downloading: (.downloading, "")
        case .paused(let reason): (.paused, reason)
        case .ended(.finished): (.verified, "")
        case .ended(.failed(_, let reason)): (.failed, reason)
        case .ended(.declined(let reason)): (.declined, reason)
        case .ended(.revoked): (.declined, "revoked")
        }
    }
}

extension FileStatus {
    init(_ order: PullOrder, _ state: State, bytesDone: Int64, detail: String = "") {
        self.init(
            fileID: order.fileID,
            state: state,
            bytesDone: bytesDone,
            bytesTotal: order.size,
            detail: detail,
            messageID: order.messageID,
            rolloutID: order.rolloutID
        )
    }
}
