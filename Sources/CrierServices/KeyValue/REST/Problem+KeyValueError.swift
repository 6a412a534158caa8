import CrierCore
import HTTPTypes

extension Problem {
    /// The one table of what the store's errors are to HTTP.
    init(_ error: KeyValueError, field: String? = nil) {
        self.init(error.code.status, error.message, field: field, code: "\(error.code)")
        switch error.code {
        case .preconditionFailed: tell(current: error.current)
        case .unavailable: headers[.retryAfter] = String(RESTLimits.retryAfterSeconds)
        case .indeterminate: detail += "; it may have happened: read before you do it again"
        default: break
        }
    }

    /// A condition that does not hold: 412, with the entry as it is.
    static func preconditionFailed(_ detail: String, field: String, current: StoreEntry?) -> Problem {
        var problem = Problem(.preconditionFailed, detail, field: field, code: "preconditionFailed")
        problem.tell(current: current)
        return problem
    }

    /// Runs a check of the core; what it refuses is a problem with this field.
    static func naming<Result>(
        _ field: String?,
        _ check: () throws(KeyValueError) -> Result
    ) throws(Problem) -> Result {
        do {
            return try check()
        } catch {
            throw Problem(error, field: field)
        }
    }

    private mutating func tell(current: StoreEntry?) {
        var json = JSONWriter()
        if let current {
            json.entry(current)
            headers[.eTag] = EntityTag.text(of: current)
        } else {
            json.null()
        }
        members.append(("current", json.buffer))
    }
}

extension KeyValueError.Code {
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case .preconditionFailed: .preconditionFailed
        // What was read before does not count any more: gone, and to be read anew.
        case .compacted, .epochChanged: .gone
        case .leaseNotFound: .notFound
        case .tooLarge: .contentTooLarge
        case .unavailable: .serviceUnavailable
        case .indeterminate: .gatewayTimeout
        case .quota: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .denied: .forbidden
        case .invalid, .overflow: .badRequest
        case .wrongType: .conflict
        }
    }
}
