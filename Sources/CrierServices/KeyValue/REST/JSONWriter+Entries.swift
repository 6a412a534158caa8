import CrierCore

/// The state's values as JSON. A value is text with its type beside it.
extension JSONWriter {
    /// `{"namespace","key","value","type","updatedAt"}` and `expiresAt` when there is one.
    mutating func entry(_ entry: StoreEntry) {
        object { json in
            json.name(entry.key)
            json.value(entry.value)
            json.member("updatedAt", seconds: entry.updatedAt)
            if let expiresAt = entry.expiresAt { json.member("expiresAt", seconds: expiresAt) }
        }
    }

    /// The members `namespace` and `key`.
    mutating func name(_ key: StoreKey) {
        member("namespace", key.namespace.name)
        member("key", key.key)
    }

    /// The members `value` and `type`.
    mutating func value(_ value: StoreValue) {
        member("value", value.text)
        member("type", value.typeName)
    }
}

extension StoreChange.Kind {
    /// As REST and the event stream name it.
    var name: String {
        switch self {
        case .put: "put"
        case .delete: "delete"
        case .expire: "expire"
        }
    }
}
